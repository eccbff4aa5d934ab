import { distance } from "fastest-levenshtein";

/**
 * Returns the known key that was probably meant. It has at most a third of its characters misspelled, or begins with
 * the unknown key.
 */
export function closest(unknown: string, known: readonly string[]): string | undefined {
  const typed = unknown.toLowerCase();
  const near = known
    .map((key) => ({ key, typos: distance(typed, key.toLowerCase()) }))
    .filter(
      ({ key, typos }) =>
        typos <= key.length / 3 || (typed.length > 2 && key.toLowerCase().startsWith(typed)),
    )
    .sort((left, right) => left.typos - right.typos);
  return near[0]?.key;
}
