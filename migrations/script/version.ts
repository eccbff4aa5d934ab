import compare from "semver/functions/compare";
import parse from "semver/functions/parse";

export const VERSION_FORM = "three numbers, such as 1.4.0";

/**
 * Accepts only strict Semantic Versioning 2.0.0. The package semver would also accept a leading `v` and white space.
 */
export function isVersion(text: string): boolean {
  return /^\d\S*$/.test(text) && parse(text) !== null;
}

/**
 * Compares two versions. The result is negative if `a` is older than `b`, 0 if they have the same precedence, and
 * positive if `a` is newer.
 *
 * @throws RangeError for an invalid version
 */
export function compareVersions(a: string, b: string): number {
  for (const version of [a, b]) {
    if (!isVersion(version)) throw new RangeError(`version must be ${VERSION_FORM}, got "${version}".`);
  }
  return compare(a, b);
}

/**
 * True if a contract script removes something that the version needs.
 *
 * @param deadFrom the script's `dead-from`, the first version that is compatible with it; undefined for other scripts
 * @throws RangeError for an invalid version
 */
export function isIncompatible(version: string, deadFrom: string | undefined): boolean {
  return deadFrom !== undefined && compareVersions(version, deadFrom) < 0;
}
