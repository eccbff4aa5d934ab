import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { type Client, escapeIdentifier, escapeLiteral } from "pg";
import { MigrationError } from "./migration-error";

/** The role with which the application logs in. It can read and write rows but not change the schema. */
export interface AppRole {
  readonly username: string;
  readonly password: string;
}

const SCRAM_ITERATIONS = 4096;

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
 * Creates the role or updates its password, and grants read and write access to rows of all current and future
 * tables.
 */
export async function refreshAppRole(client: Client, role: AppRole, master: string): Promise<void> {
  checkAppRole(role, master);
  const name = escapeIdentifier(role.username);
  const password = escapeLiteral(scramVerifier(role.password));
  const { rows } = await client.query<{ superuser: boolean }>(
    "SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = $1",
    [role.username],
  );
  if (rows[0]?.superuser) {
    throw new MigrationError(
      `The application's role must not be a superuser, got "${role.username}". Use an ordinary role.`,
    );
  }
  const exists = rows.length > 0;
  await client.query(`BEGIN;
    ${exists ? "ALTER" : "CREATE"} ROLE ${name} LOGIN PASSWORD ${password};
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    REVOKE CREATE ON SCHEMA public FROM ${name};
    GRANT USAGE ON SCHEMA public TO ${name};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${name};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${name};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${name};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${name};
    COMMIT`);
}
