import type { MigrationScript } from "../../migrations/script/script";
import { compareVersions } from "../../migrations/script/version";
import type { RehearsedVersion } from "./options";

/**
 * Plans the versions of a rehearsal: the oldest known one, and those that are released after it.
 *
 * If there are fewer versions than releases, the newest one is deployed again: `1.1.0+2` has the artifacts of 1.1.0. So
 * a team can rehearse its first version.
 *
 * @param known the known versions, oldest first
 * @param releases number of releases after the first deployment, 1 or more
 */
export function rehearsedVersions(
  known: readonly string[],
  scripts: readonly Pick<MigrationScript, "id" | "deadFrom">[],
  releases: number,
): RehearsedVersion[] {
  const versions = known.slice(0, releases + 1);
  const newest = versions.at(-1);
  if (newest === undefined) return [];
  const again = releases + 1 - versions.length;
  return [...versions, ...Array.from({ length: again }, (_, n) => redeployed(newest, n + 2))].map(
    (version) => ({ version, contractThrough: lastUnneeded(version, scripts) }),
  );
}

function redeployed(version: string, deployment: number): string {
  return `${version}${version.includes("+") ? "." : "+"}${deployment}`;
}

/** The last contract script that may run once the version is live and older ones are retired. */
function lastUnneeded(
  version: string,
  scripts: readonly Pick<MigrationScript, "id" | "deadFrom">[],
): string | undefined {
  const unneeded = scripts.filter(
    ({ deadFrom }) => deadFrom !== undefined && compareVersions(deadFrom, version) <= 0,
  );
  return unneeded.at(-1)?.id;
}
