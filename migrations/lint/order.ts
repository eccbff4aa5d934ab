import type { MigrationScript } from "../script/script";
import { compareVersions } from "../script/version";

/**
 * Sorts scripts in the order in which the runner applies them: by version, and within a version expand before
 * contract.
 *
 * When a contract script runs, all colors run its version or a newer one, so all expand scripts of that version are
 * already applied, including those with a higher number.
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
