import { endLogins } from "./app-role";
import { type Connection, closeSession, openSession } from "./connection";
import { describeError, MigrationError, redact } from "./migration-error";

export interface RetireResult {
  readonly phase: "retire";
  readonly ended: readonly string[];
  readonly durationMs: number;
}

/**
 * Revokes the right to log in from the roles of a color without instances. Roles that do not exist are skipped.
 *
 * @throws MigrationError with the cause and the remedy
 */
export async function retireRoles(
  connection: Connection,
  retiredRoles: readonly string[],
): Promise<RetireResult> {
  const startedAt = Date.now();
  const session = await openSession(connection, "changeover-migrate:retire");
  try {
    await session.query("SET statement_timeout = '30s'");
    const ended = await endLogins(session, retiredRoles, connection.user);
    return { phase: "retire", ended, durationMs: Date.now() - startedAt };
  } catch (error) {
    const message = error instanceof MigrationError ? error.message : describeError(error);
    throw new MigrationError(redact(message, [connection.password]));
  } finally {
    await closeSession(session);
  }
}
