/** Joins items to `a, b and c`. */
export function enumerate(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** Joins items to `a, b and 7 more`. */
export function enumerateUpTo(maximum: number, items: readonly string[]): string {
  const more = items.length > maximum ? [`${items.length - maximum} more`] : [];
  return enumerate([...items.slice(0, maximum), ...more]);
}
