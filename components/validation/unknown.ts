/** True for an output or a promise: its value is unknown until apply. */
export function isOutput(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  // Programs in other languages send `__pulumiUnknown` in a preview.
  return "__pulumiOutput" in value || value instanceof Promise || "__pulumiUnknown" in value;
}

/**
 * Matches `<Vpc:shop-vpc.id>`, `<getVpc(default=true).id>`, `[encrypted config value 0123456789ab]`; not
 * `<your-vpc-id>`.
 */
const PLACEHOLDER = /<(new )?\w+(:[^<>]+|\([^<>]*\))?\.[\w.[\]]+>|\[encrypted config value \w+\]/;

/** True for a text with a placeholder, which `changeover preview` uses for an unknown value. */
export function isPlaceholder(value: unknown): boolean {
  return typeof value === "string" && PLACEHOLDER.test(value);
}

export function isUnknown(value: unknown): boolean {
  return isOutput(value) || isPlaceholder(value);
}
