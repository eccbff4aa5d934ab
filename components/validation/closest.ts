import { distance } from "fastest-levenshtein";

/**
 * Returns the known key that was probably meant. It has at most a third of its characters misspelled, or begins with
 * the unknown key.
 */
export function closest(unknown: string, known: readonly string[]): string | undefined {
  const typed = unknown.toLowerCase();
  const near = known
    .map((key) => ({ key, typos: typosBetween(typed, key.toLowerCase()) }))
    .filter(
      ({ key, typos }) =>
        typos <= key.length / 3 || (typed.length > 2 && key.toLowerCase().startsWith(typed)),
    )
    .sort((left, right) => left.typos - right.typos);
  return near[0]?.key;
}

/** The known keys, first those that are most like the unknown one. */
export function byDistance(unknown: string, known: readonly string[]): string[] {
  const distanceTo = (key: string) => typosBetween(unknown.toLowerCase(), key.toLowerCase());
  const distances = new Map(known.map((key) => [key, distanceTo(key)]));
  return [...known].sort((left, right) => (distances.get(left) ?? 0) - (distances.get(right) ?? 0));
}

/** The number of letters to add, remove, replace or swap with their neighbor; at most one swap is recognized. */
function typosBetween(typed: string, key: string): number {
  const swapped = [...typed].slice(1).map((letter, index) => {
    return typed.slice(0, index) + letter + typed[index] + typed.slice(index + 2);
  });
  return Math.min(distance(typed, key), ...swapped.map((text) => 1 + distance(text, key)));
}
