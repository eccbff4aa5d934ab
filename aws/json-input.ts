/** A resource's inputs as plain JSON. */
export type PlainInputs = Readonly<Record<string, unknown>>;

/**
 * Parses an input that holds JSON, such as a policy or a Lambda payload. Undefined if it does not hold a JSON object.
 */
export function parseJsonInput(text: unknown): Record<string, unknown> | undefined {
  if (typeof text !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the objects in a list of blocks; empty if the value is not a list. */
export function objectsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
