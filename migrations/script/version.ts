/** Versions as releases name them: three numbers, and a pre-release that comes before its release. */

const pattern =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;

export function isVersion(text: string): boolean {
  return pattern.test(text);
}

function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  const numeric = [a, b].map((part) => /^\d+$/.test(part));
  if (numeric[0] && numeric[1]) return Number(a) - Number(b);
  if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1;
  return a < b ? -1 : 1;
}

/**
 * Negative when `a` is older than `b`, 0 when they are the same, positive when it is newer; by the precedence rules
 * of Semantic Versioning 2.0.0 (section 11).
 *
 * @throws RangeError when one is no version
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => {
    const parts = pattern.exec(version);
    if (!parts) throw new RangeError(`"${version}" is no version: write three numbers, such as 1.4.0.`);
    return { numbers: parts.slice(1, 4), prerelease: parts[4]?.split(".") };
  });
  if (!left || !right) return 0;
  for (const [i, part] of left.numbers.entries()) {
    const order = comparePart(part, right.numbers[i]);
    if (order !== 0) return order;
  }
  if (!left.prerelease || !right.prerelease) return (left.prerelease ? 0 : 1) - (right.prerelease ? 0 : 1);
  const length = Math.max(left.prerelease.length, right.prerelease.length);
  for (let i = 0; i < length; i++) {
    const order = comparePart(left.prerelease[i], right.prerelease[i]);
    if (order !== 0) return order;
  }
  return 0;
}
