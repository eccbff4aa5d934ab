/** Sessions are rows, so whichever color gets the next request goes on with them. */

import { createHash, randomBytes } from "node:crypto";
import type { Ask } from "../release";
import { HttpError } from "../server";

const SESSION_SECONDS = 12 * 3600;

export interface Session {
  readonly user: string;
  readonly createdAt: Date;
}

/** The table holds a hash, so that reading it gives nobody a session. */
const hashOf = (token: string) => createHash("sha256").update(token).digest();

export async function createSession(ask: Ask, user: string): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  await ask("createSession", [hashOf(token), user, SESSION_SECONDS]);
  return token;
}

/** The token of `authorization: Bearer …`, or undefined. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer ([\w-]{1,128})$/.exec(authorization ?? "")?.[1];
}

/** @throws {HttpError} 401 */
export async function requireSession(ask: Ask, authorization: string | undefined): Promise<Session> {
  const token = bearerToken(authorization);
  const [row] = token === undefined ? [] : await ask("findSession", [hashOf(token)]);
  if (row === undefined) throw new HttpError(401, "There is no such session. Log in first.");
  return { user: String(row.user_name), createdAt: row.created_at as Date };
}

export async function deleteSession(ask: Ask, authorization: string | undefined): Promise<void> {
  const token = bearerToken(authorization);
  if (token !== undefined) await ask("deleteSession", [hashOf(token)]);
}
