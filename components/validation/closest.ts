import { distance } from "fastest-levenshtein";

/** The known key that was probably meant: at most a third of it is typed otherwise, or it begins so. */
export function closest(unknown: string, known: readonly string[]): string | undefined {
  const typed = unknown.toLowerCase();
  const near = known
    .map((key) => ({ key, typos: distance(typed, key.toLowerCase()) }))
    .filter(
      ({ key, typos }) =>
        typos <= key.length / 3 || (typed.length > 2 && key.toLowerCase().startsWith(typed)),
    )
    .sort((a, b) => a.typos - b.typos);
  return near[0]?.key;
}
