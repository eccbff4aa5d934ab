/** The order in which scripts meet a database. */

import type { MigrationScript } from "../script/script";
import { compareVersions } from "../script/version";

/**
 * By version, and in a version expand before contract: a contract runs when every color is at its version, and by
 * then every expand script of that version is applied, those with a higher number too.
 */
export function runOrder(scripts: readonly MigrationScript[]): MigrationScript[] {
  const version = ({ neededBy, deadFrom }: MigrationScript) => neededBy ?? deadFrom ?? "0.0.0";
  return [...scripts].sort(
    (a, b) =>
      compareVersions(version(a), version(b)) ||
      (a.phase === b.phase ? 0 : a.phase === "expand" ? -1 : 1) ||
      a.number - b.number,
  );
}
