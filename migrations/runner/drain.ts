import { setTimeout as sleep } from "node:timers/promises";
import type { MigrationScript } from "../script/script";
import { isIncompatible, isVersion } from "../script/version";
import type { Deadline } from "./limits";
import { MigrationError } from "./migration-error";
import type { MigrationRun } from "./migration-run";

/** Thrown if a connection of an old version was opened while the script waited for its locks. */
export class ReconnectedError extends MigrationError {}

export interface ApplicationConnection {
  readonly pid: number;
  readonly application: string;
  readonly user: string;
}

/**
 * Connections that may still use the old schema, because their role belongs to a retired color, or because their version
 * is incompatible or unknown.
 */
export function connectionsBefore(
  connections: readonly ApplicationConnection[],
  appName: string,
  deadFrom: string,
  retiredRoles: readonly string[] = [],
): ApplicationConnection[] {
  return connections.filter(({ application, user }) => {
    if (retiredRoles.includes(user)) return true;
    const [name, , version, ...rest] = application.split(":");
    if (name !== appName || version === undefined || rest.length > 0 || !isVersion(version)) return true;
    return isIncompatible(version, deadFrom);
  });
}

type Query = (sql: string, values: unknown[]) => Promise<{ readonly rows: ApplicationConnection[] }>;

/**
 * Reads the application's sessions: by its name, its role, and the members of the role, which are its logins. If the
 * role is not known, a session without a name counts, unless it is the runner's role or a superuser.
 *
 * Name, user and database of a session are visible to every role; the other columns, such as backend_type, only with
 * pg_read_all_stats. Server processes have no user.
 */
async function readConnections(query: Query, appName: string, role: string | undefined) {
  const { rows } = await query(
    `SELECT pid, coalesce(application_name, '') AS application, coalesce(usename, '') AS user FROM pg_stat_activity
      WHERE usesysid IS NOT NULL AND datname = current_database() AND pid <> pg_backend_pid()
        AND (split_part(application_name, ':', 1) = $1 OR usename = $2 OR usesysid IN (
          SELECT member FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = roleid WHERE rolname = $2
             AND member <> (SELECT oid FROM pg_roles WHERE rolname = session_user))
          OR $2 IS NULL AND coalesce(application_name, '') = '' AND usename NOT IN (
            SELECT rolname FROM pg_roles WHERE rolsuper OR rolname = session_user))
      ORDER BY pid`,
    [appName, role ?? null],
  );
  return rows;
}

interface Drain {
  readonly script: MigrationScript;
  readonly appName: string;
  readonly role: string | undefined;
  readonly retiredRoles: readonly string[] | undefined;
}

async function connectionsLeft(
  query: Query,
  { script, appName, role, retiredRoles }: Drain,
): Promise<ApplicationConnection[]> {
  const connections = await readConnections(query, appName, role);
  return connectionsBefore(connections, appName, script.deadFrom ?? "", retiredRoles);
}

/**
 * Checks the connections again, while the script's locks are held.
 *
 * @throws ReconnectedError
 */
export async function checkDrained({ sessions }: MigrationRun, drain: Drain): Promise<void> {
  const left = await connectionsLeft((sql, values) => sessions.observer.query(sql, values), drain);
  if (left.length > 0)
    throw new ReconnectedError(`${drain.script.file}: connections of old versions were opened.`);
}

/**
 * Waits until no connection can use the schema that the contract script removes.
 *
 * @throws MigrationError with the remaining connections
 */
export async function waitForDrain(run: MigrationRun, drain: Drain, limit: Deadline): Promise<void> {
  const { script } = drain;
  for (let polls = 0; ; polls++) {
    const left = await connectionsLeft((sql, values) => run.sessions.work.query(sql, values), drain);
    if (left.length === 0) return;
    const shown = left.slice(0, 10).map(({ pid, application, user }) => {
      return `pid ${pid} (${application || "without application_name"}, user ${user})`;
    });
    if (limit.remainingMs() < 500) {
      throw new MigrationError(
        `${script.file}: not applied: ${left.length} connections of retired colors, of versions before ` +
          `${script.deadFrom}, or of an unknown version, are still open after ${run.limits.drainSeconds} s: ` +
          `${shown.join(", ")}${left.length > shown.length ? " …" : ""}. Retire their color and run again.`,
      );
    }
    if (polls % 20 === 0)
      run.log("waiting for connections of old versions to end", { script: script.file, left: shown });
    await sleep(500);
  }
}

/**
 * Waits for the drain and applies the contract script. Repeats both if a connection was opened in between.
 *
 * @throws MigrationError
 */
export async function applyDrained(
  run: MigrationRun,
  drain: Drain,
  apply: (whenLocked: () => Promise<void>) => Promise<void>,
): Promise<void> {
  for (const limit = run.deadline.within(run.limits.drainSeconds * 1000); ; ) {
    await waitForDrain(run, drain, limit);
    try {
      return await apply(() => checkDrained(run, drain));
    } catch (error) {
      if (!(error instanceof ReconnectedError)) throw error;
    }
  }
}
