import { createHash, randomBytes } from "node:crypto";
import { HttpError } from "../server";
import type { RunQuery } from "../version-definition";

const SESSION_SECONDS = 12 * 3600;

/** A session is a row of the database, so that it is valid on both colors. */
export interface LoginSession {
  readonly user: string;
  readonly createdAt: Date;
}

/** The table stores only the hash, so that a leaked row contains no valid token. */
const hashOf = (token: string) => createHash("sha256").update(token).digest();

export async function createSession(runQuery: RunQuery, user: string): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  await runQuery("createSession", [hashOf(token), user, SESSION_SECONDS]);
  return token;
}

export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer ([\w-]{1,128})$/.exec(authorization ?? "")?.[1];
}

export async function requireSession(
  runQuery: RunQuery,
  authorization: string | undefined,
): Promise<LoginSession> {
  const token = bearerToken(authorization);
  const [row] = token === undefined ? [] : await runQuery("findSession", [hashOf(token)]);
  if (row === undefined) throw new HttpError(401, "There is no such session. Log in first.");
  return { user: String(row.user_name), createdAt: row.created_at as Date };
}

export async function deleteSession(runQuery: RunQuery, authorization: string | undefined): Promise<void> {
  const token = bearerToken(authorization);
  if (token !== undefined) await runQuery("deleteSession", [hashOf(token)]);
}
