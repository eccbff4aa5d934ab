/** Patterns of listener rules: `*` stands for any characters, `?` for one. */

/** True if a text exists that both patterns match. */
export function overlap(left: string, right: string): boolean {
  return compare(left, right, (a, b, rest) => {
    if (a === "*") return rest(1, 0) || (b !== undefined && rest(0, 1));
    if (b === "*") return rest(0, 1) || (a !== undefined && rest(1, 0));
    if (a === undefined || b === undefined) return a === b;
    return (a === b || a === "?" || b === "?") && rest(1, 1);
  });
}

/** True if `wider` matches every text that `other` matches. */
export function covers(wider: string, other: string): boolean {
  return compare(wider, other, (a, b, rest) => {
    if (a === "*") return rest(1, 0) || (b !== undefined && rest(0, 1));
    if (a === undefined || b === undefined) return a === b;
    return (a === b || (a === "?" && b !== "*")) && rest(1, 1);
  });
}

type Rest = (left: number, right: number) => boolean;

/** Compares two patterns character by character; `rest` compares what follows. Each pair of positions is compared once. */
function compare(
  left: string,
  right: string,
  step: (a: string | undefined, b: string | undefined, rest: Rest) => boolean,
): boolean {
  const known = new Map<number, boolean>();
  const from = (i: number, j: number): boolean => {
    const position = i * (right.length + 1) + j;
    const result = known.get(position) ?? step(left[i], right[j], (di, dj) => from(i + di, j + dj));
    known.set(position, result);
    return result;
  };
  return from(0, 0);
}
