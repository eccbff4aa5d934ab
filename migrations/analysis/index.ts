/** Impact of migration scripts on clients and on the queries of the versions. */

import { cache } from "../../build/disk-cache";
import type { VersionQueries } from "../compatibility/queries";
import type { MigrationScript } from "../script/script";
import { ScriptError } from "../script/script-error";
import { analyzeInWorker } from "./analyze-in-worker";
import type { AnalysisReport } from "./report";
import { cachedReport, reportKey } from "./report-cache";

export type { AnalysisReport, QueryBreak } from "./report";

export async function analyze(
  scripts: readonly MigrationScript[],
  known: readonly VersionQueries[],
): Promise<AnalysisReport> {
  // The worker's structured clone takes plain data only.
  const versions = known.map(({ version, file, queries }) => ({ version, file, queries }));
  try {
    const key = reportKey(scripts, versions);
    return await cachedReport(cache, key, () => analyzeInWorker({ scripts, versions }));
  } catch (error) {
    // Not cached: a busy machine can cause it too.
    if (error instanceof ScriptError) return { breaks: [], findings: [], unusable: error.message };
    throw error;
  }
}
