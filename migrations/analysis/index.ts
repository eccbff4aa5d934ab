/** What the migration scripts would do to clients and to the versions' own queries. */

import { kept } from "../../build/disk-cache";
import { appQueries } from "../compatibility/queries";
import { type MigrationScript, ScriptError } from "../script/script";
import { judgeInWorker } from "./analyze-in-worker";
import type { Verdict } from "./report";
import { keptVerdict, verdictKey } from "./report-cache";

export type { QueryBreak, Verdict } from "./report";

/** On all versions that this checkout holds; from what is kept, unless scripts or queries have changed. */
export async function verdictOn(scripts: readonly MigrationScript[]): Promise<Verdict> {
  const versions = appQueries();
  try {
    return await keptVerdict(kept, verdictKey(scripts, versions), () => judgeInWorker({ scripts, versions }));
  } catch (error) {
    // Not kept: the machine may have been busy.
    if (error instanceof ScriptError) return { breaks: [], findings: [], unusable: error.message };
    throw error;
  }
}
