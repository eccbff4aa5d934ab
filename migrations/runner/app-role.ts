import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { type Client, escapeIdentifier, escapeLiteral } from "pg";
import { MigrationError } from "./migration-error";

export interface AppRole {
  readonly username: string;
  readonly password: string;
}

const SCRAM_ITERATIONS = 4096;
/**
 * Share of the connections that one color's login can use. A version that leaks connections then leaves some to the
 * other color, so that a rollback to it works.
 */
const LOGIN_CONNECTION_SHARE = 0.75;

/**
 * Computes the SCRAM verifier that PostgreSQL stores for the password (RFC 5803).
 *
 * Sending the password itself would show it in the server's log and in pg_stat_activity.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 32, "sha256");
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(hmac("Client Key")).digest("base64");
  const serverKey = hmac("Server Key").toString("base64");
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}

function checkAppRole({ username, password }: AppRole, master: string): void {
  if (username === master) {
    throw new MigrationError(
      `The application's role must not be the role that migrates, got "${username}". Give the application its own role.`,
    );
  }
  // Other characters would require the normalization of RFC 4013, which is not implemented here.
  if (!/^[\x20-\x7e]{8,}$/.test(password)) {
    throw new MigrationError(
      "The application's password must be 8 or more printable ASCII characters. Change the secret.",
    );
  }
}

/**
 * Creates the application's role, and grants it read and write access to rows of all current and future tables. Sets
 * the password of each login.
 *
 * Each other login becomes a member of the application's role, and can use three quarters of the connections. The application's role can log in once it was among
 * the logins, until {@link endLogins}.
 *
 * @param logins by default the application's role
 */
export async function refreshAppRoles(
  client: Client,
  role: AppRole,
  master: string,
  logins: readonly AppRole[] = [role],
): Promise<void> {
  const names = [...new Set([role, ...logins].map(({ username }) => username))];
  for (const each of [role, ...logins]) checkAppRole(each, master);
  const found = await readRoles(client, names);
  const limit = await readConnectionLimit(client);
  rejectSuperusers(found);
  const exists = (username: string) => found.some(({ name }) => name === username);
  const rights = escapeIdentifier(role.username);
  const setLogin = ({ username, password }: AppRole) => {
    const verifier = escapeLiteral(scramVerifier(password));
    return `${exists(username) ? "ALTER" : "CREATE"} ROLE ${escapeIdentifier(username)} LOGIN PASSWORD ${verifier};`;
  };
  const setLimit = ({ username }: AppRole) =>
    `ALTER ROLE ${escapeIdentifier(username)} CONNECTION LIMIT ${limit};`;
  const own = logins.find(({ username }) => username === role.username);
  const others = logins.filter((login) => login !== own);
  await client.query(`BEGIN;
    ${own === undefined ? (exists(role.username) ? "" : `CREATE ROLE ${rights} NOLOGIN;`) : setLogin(own)}
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    REVOKE CREATE ON SCHEMA public FROM ${rights};
    GRANT USAGE ON SCHEMA public TO ${rights};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${rights};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${rights};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${rights};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${rights};
    ${others.map((login) => `${setLogin(login)} ${setLimit(login)} GRANT ${rights} TO ${escapeIdentifier(login.username)};`).join("\n    ")}
    COMMIT`);
}

/** Revokes the right to log in from roles. Open sessions stay; roles that do not exist are skipped. */
export async function endLogins(client: Client, names: readonly string[], master: string): Promise<string[]> {
  if (names.includes(master)) {
    throw new MigrationError(
      `retiredRoles must not have the role that migrates, got "${master}". Remove it.`,
    );
  }
  const found = await readRoles(client, names);
  rejectSuperusers(found);
  const ended = found.filter(({ canLogIn }) => canLogIn).map(({ name }) => name);
  if (ended.length > 0) {
    await client.query(ended.map((name) => `ALTER ROLE ${escapeIdentifier(name)} NOLOGIN`).join(";"));
  }
  return ended;
}

async function readConnectionLimit(client: Client): Promise<number> {
  const { rows } = await client.query<{ connections: number }>(
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         AS connections`,
  );
  return Math.max(1, Math.floor((rows[0]?.connections ?? 1) * LOGIN_CONNECTION_SHARE));
}

interface FoundRole {
  readonly name: string;
  readonly superuser: boolean;
  readonly canLogIn: boolean;
}

async function readRoles(client: Client, names: readonly string[]): Promise<FoundRole[]> {
  const { rows } = await client.query<FoundRole>(
    `SELECT rolname AS name, rolsuper AS superuser, rolcanlogin AS "canLogIn" FROM pg_roles WHERE rolname = ANY ($1)`,
    [names],
  );
  return rows;
}

function rejectSuperusers(roles: readonly FoundRole[]): void {
  const superuser = roles.find((role) => role.superuser);
  if (superuser === undefined) return;
  throw new MigrationError(
    `The application's role must not be a superuser, got "${superuser.name}". Use an ordinary role.`,
  );
}
