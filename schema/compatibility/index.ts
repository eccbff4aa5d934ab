/** Whether the versions' own queries live through the migration scripts. */

import { kept } from "../../kept";
import type { MigrationScript } from "../../lambda/migrate/script";
import { keptVerdict, verdictKey } from "./keep";
import { appQueries } from "./queries";
import type { Verdict } from "./verdict";

export type { VersionQueries } from "./queries";
export type { QueryBreak, Verdict } from "./verdict";

/** Of all versions that this checkout holds; from what is kept, unless scripts or queries have changed. */
export function compatibility(scripts: readonly MigrationScript[]): Promise<Verdict> {
  const versions = appQueries();
  return keptVerdict(kept, verdictKey(scripts, versions), async () => {
    // A parser and a database: a preview that has its verdict does not load them.
    const { checkCompatibility } = require("./check") as typeof import("./check");
    const { openScratch } = require("../scratch/postgres") as typeof import("../scratch/postgres");
    return checkCompatibility(scripts, versions, () => openScratch(scripts));
  });
}
