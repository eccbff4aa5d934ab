import { isDeepStrictEqual } from "node:util";
import { UNKNOWN_INPUT } from "../engine/values/plain-values";

export type ResourceProperties = Record<string, unknown>;

function isObject(value: unknown): value is ResourceProperties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Removes the parts of a value that are unknown until apply, so that a preview can check the rest. */
export function known(value: unknown): unknown {
  if (value === UNKNOWN_INPUT) return undefined;
  if (Array.isArray(value)) return value.map(known);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, known(inner)] as const)
      .filter(([, inner]) => inner !== undefined),
  );
}

/** The known items of a list, with their indexes. */
export function* knownItems<T>(items: readonly (T | undefined)[] = []): Iterable<readonly [number, T]> {
  for (const [index, item] of items.entries()) if (item !== undefined) yield [index, item];
}

/**
 * Removes absent properties, and reduces assets to the hash of their content: the same content from another path is
 * not a change.
 */
function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(essence);
  if (!isObject(value)) return value;
  if (typeof value.hash === "string" && (value.kind === "asset" || value.kind === "archive")) {
    return { asset: value.hash };
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined && inner !== null)
      .map(([key, inner]) => [key, essence(inner)]),
  );
}

/** Names of the top-level properties that differ. */
export function changedProperties(before: ResourceProperties, after: ResourceProperties): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => !isDeepStrictEqual(essence(before[name]), essence(after[name])));
}
