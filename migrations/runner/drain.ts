/** Before a contract: the connections of versions that still use the old shape must be gone. */

import { setTimeout as sleep } from "node:timers/promises";
import type { MigrationScript } from "../script/script";
import { compareVersions, isVersion } from "../script/version";
import { MigrationError } from "./migration-error";
import type { MigrationRun } from "./migration-run";

export interface ApplicationConnection {
  readonly pid: number;
  readonly application: string;
  readonly user: string;
}

/** Those that may still use the old shape: an older version, or one that does not say which it is. */
export function connectionsBefore(
  connections: readonly ApplicationConnection[],
  appName: string,
  deadFrom: string,
): ApplicationConnection[] {
  return connections.filter(({ application }) => {
    const [name, , version, ...rest] = application.split(":");
    if (name !== appName || version === undefined || rest.length > 0 || !isVersion(version)) return true;
    return compareVersions(version, deadFrom) < 0;
  });
}

/** Connections under the application's name or under its role. */
async function readConnections({ work }: MigrationRun, appName: string, role: string | undefined) {
  const { rows } = await work.query<ApplicationConnection>(
    `SELECT pid, coalesce(application_name, '') AS application, coalesce(usename, '') AS user FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND datname = current_database() AND pid <> pg_backend_pid()
        AND (split_part(application_name, ':', 1) = $1 OR usename = $2) ORDER BY pid`,
    [appName, role ?? null],
  );
  return rows;
}

/** @throws MigrationError that names the connections, when they stay */
export async function waitForDrain(
  run: MigrationRun,
  script: MigrationScript,
  appName: string,
  role: string | undefined,
): Promise<void> {
  const limit = run.deadline.within(run.limits.drainSeconds * 1000);
  for (let looks = 0; ; looks++) {
    const left = connectionsBefore(await readConnections(run, appName, role), appName, script.deadFrom ?? "");
    if (left.length === 0) return;
    const shown = left.slice(0, 10).map(({ pid, application, user }) => {
      return `pid ${pid} (${application || "without application_name"}, user ${user})`;
    });
    if (limit.remainingMs() < 500) {
      throw new MigrationError(
        `${script.file}: not run, nothing was changed: ${left.length} connections of versions before ` +
          `${script.deadFrom}, or of no known version, are still there after ${run.limits.drainSeconds} s: ` +
          `${shown.join(", ")}${left.length > shown.length ? " …" : ""}. Retire the color that they belong to ` +
          "and run again.",
      );
    }
    if (looks % 20 === 0)
      run.log("waiting for connections of old versions to end", { script: script.file, left: shown });
    await sleep(500);
  }
}
