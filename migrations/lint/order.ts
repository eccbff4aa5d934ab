import type { MigrationScript } from "../script/script";
import { compareVersions } from "../script/version";

/**
 * Sorts scripts in the order in which a database gets them: by version, expand before contract.
 *
 * A contract script runs when all colors are at its version, and then all expand scripts of that version are applied,
 * including those with a higher number.
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
