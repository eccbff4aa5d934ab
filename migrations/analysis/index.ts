/** What the migration scripts would do to clients and to the versions' own queries. */

import { cache } from "../../build/disk-cache";
import type { VersionQueries } from "../compatibility/queries";
import { type MigrationScript, ScriptError } from "../script/script";
import { judgeInWorker } from "./analyze-in-worker";
import type { Verdict } from "./report";
import { keptVerdict, verdictKey } from "./report-cache";

export type { QueryBreak, Verdict } from "./report";

/** From the cache, unless scripts or queries have changed. */
export async function verdictOn(
  scripts: readonly MigrationScript[],
  known: readonly VersionQueries[],
): Promise<Verdict> {
  // Structured clone, for the worker, takes plain data only.
  const versions = known.map(({ version, file, queries }) => ({ version, file, queries }));
  try {
    return await keptVerdict(cache, verdictKey(scripts, versions), () =>
      judgeInWorker({ scripts, versions }),
    );
  } catch (error) {
    // Not kept: the machine may have been busy.
    if (error instanceof ScriptError) return { breaks: [], findings: [], unusable: error.message };
    throw error;
  }
}
