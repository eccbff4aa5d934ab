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
  const versions = [...new Set(scripts.map(version))].sort(compareVersions);
  const ranks = new Map<string, number>();
  for (const [i, name] of versions.entries()) {
    const before = versions[i - 1];
    const isSame = before !== undefined && compareVersions(before, name) === 0;
    ranks.set(name, isSame ? (ranks.get(before) ?? i) : i);
  }
  const rank = (script: MigrationScript) => ranks.get(version(script)) ?? 0;
  return [...scripts].sort(
    (a, b) =>
      rank(a) - rank(b) || (a.phase === b.phase ? 0 : a.phase === "expand" ? -1 : 1) || a.number - b.number,
  );
}
