/** Analyzes the impact of migration scripts on clients and on the queries of the application's versions. */

import { cache } from "../../build/disk-cache";
import type { VersionQueries } from "../compatibility/queries";
import type { MigrationScript } from "../script/script";
import { ScriptError } from "../script/script-error";
import { analyzeInWorker } from "./analyze-in-worker";
import type { AnalysisReport } from "./report";
import { cachedReport } from "./report-cache";

export type { AnalysisReport, QueryBreak } from "./report";

export async function analyze(
  scripts: readonly MigrationScript[],
  known: readonly VersionQueries[],
): Promise<AnalysisReport> {
  // Only plain data can be sent to the worker thread.
  const versions = known.map(({ version, file, queries }) => ({ version, file, queries }));
  try {
    return await cachedReport(cache, scripts, versions, (missing) =>
      analyzeInWorker({ scripts, versions: missing }),
    );
  } catch (error) {
    // The error is not cached, because a timeout can also be caused by a busy machine.
    if (error instanceof ScriptError) return { breaks: [], findings: [], unusable: error.message };
    throw error;
  }
}
