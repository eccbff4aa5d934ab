/** What the migration scripts would do to clients and to the versions' own queries. */

import { kept } from "../kept";
import { type MigrationScript, ScriptError } from "../lambda/migrate/script";
import { appQueries } from "./compatibility/queries";
import { judgeInWorker } from "./judge-in-worker";
import { keptVerdict, verdictKey } from "./keep";
import type { Verdict } from "./verdict";

export type { QueryBreak, Verdict } from "./verdict";

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
