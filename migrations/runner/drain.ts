import { setTimeout as sleep } from "node:timers/promises";
import type { MigrationScript } from "../script/script";
import { isIncompatible, isVersion } from "../script/version";
import { MigrationError } from "./migration-error";
import type { MigrationRun } from "./migration-run";

export interface ApplicationConnection {
  readonly pid: number;
  readonly application: string;
  readonly user: string;
}

/** Connections that may still use the old schema, because their version is incompatible or unknown. */
export function connectionsBefore(
  connections: readonly ApplicationConnection[],
  appName: string,
  deadFrom: string,
): ApplicationConnection[] {
  return connections.filter(({ application }) => {
    const [name, , version, ...rest] = application.split(":");
    if (name !== appName || version === undefined || rest.length > 0 || !isVersion(version)) return true;
    return isIncompatible(version, deadFrom);
  });
}

async function readConnections({ work }: MigrationRun, appName: string, role: string | undefined) {
  const { rows } = await work.query<ApplicationConnection>(
    `SELECT pid, coalesce(application_name, '') AS application, coalesce(usename, '') AS user FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()
        AND (split_part(application_name, ':', 1) = $1 OR usename = $2) ORDER BY pid`,
    [appName, role ?? null],
  );
  return rows;
}

/**
 * Waits until no connection can use the schema that the contract script removes.
 *
 * @throws MigrationError with the remaining connections
 */
export async function waitForDrain(
  run: MigrationRun,
  script: MigrationScript,
  appName: string,
  role: string | undefined,
): Promise<void> {
  const limit = run.deadline.within(run.limits.drainSeconds * 1000);
  for (let polls = 0; ; polls++) {
    const left = connectionsBefore(await readConnections(run, appName, role), appName, script.deadFrom ?? "");
    if (left.length === 0) return;
    const shown = left.slice(0, 10).map(({ pid, application, user }) => {
      return `pid ${pid} (${application || "without application_name"}, user ${user})`;
    });
    if (limit.remainingMs() < 500) {
      throw new MigrationError(
        `${script.file}: not applied: ${left.length} connections of versions before ${script.deadFrom}, or of an ` +
          `unknown version, are still open after ${run.limits.drainSeconds} s: ` +
          `${shown.join(", ")}${left.length > shown.length ? " …" : ""}. Retire their color and run again.`,
      );
    }
    if (polls % 20 === 0)
      run.log("waiting for connections of old versions to end", { script: script.file, left: shown });
    await sleep(500);
  }
}
