import { isRecord, type Properties, Secret, type Value } from "./values";

/** Keys and indices of a property path. In a pattern, `*` stands for any key or index. */
export type PropertyPath = readonly (string | number)[];

export const ANY = "*";

export function formatPath(path: PropertyPath): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (part === "" || /[.[\]"]/.test(part)) text += `["${part.replaceAll('"', '\\"')}"]`;
    else text += text === "" ? part : `.${part}`;
  }
  return text;
}

/** Parses a path in Pulumi's notation. `a.*`, `a[*]` and a bare `*` match any key or index. */
export function parsePath(text: string): PropertyPath {
  const path: (string | number)[] = [];
  const token = /\.?([^.[\]"]+)|\[(\d+)\]|\[\*\]|\[("(?:\\"|[^"])*")\]/y;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null)
      throw new Error(
        `A property path must look like tags.Name or rules[0].port, got ${JSON.stringify(text)}.`,
      );
    const [whole, name, index, quoted] = match;
    if (name !== undefined) path.push(name);
    else if (index !== undefined) path.push(Number(index));
    else if (quoted !== undefined) path.push(quoted.slice(1, -1).replaceAll('\\"', '"'));
    else if (whole === "[*]") path.push(ANY);
  }
  return path;
}

/** True if the pattern matches `path` or one of its parents. */
export function covers(pattern: PropertyPath, path: PropertyPath): boolean {
  return pattern.length <= path.length && pattern.every((part, i) => part === ANY || part === path[i]);
}

/** True if the pattern matches an existing property inside the value at `path`. */
export function reachesInto(pattern: PropertyPath, path: PropertyPath, value: Value | undefined): boolean {
  if (pattern.length <= path.length || value === undefined) return false;
  return covers(pattern.slice(0, path.length), path) && exists(value, pattern.slice(path.length));
}

function exists(value: Value, path: PropertyPath): boolean {
  const [head, ...rest] = path;
  if (head === undefined) return true;
  return children(value)
    .filter(([key]) => head === ANY || head === key)
    .some(([, child]) => exists(child, rest));
}

/**
 * Copies `target`, with the property at `path` taken from `source`. The property is removed if `source` does not have
 * it.
 */
export function resetPath(target: Value, source: Value | undefined, path: PropertyPath): Value {
  const [head, ...rest] = path;
  if (head === undefined) return source ?? target;
  const from = new Map(source === undefined ? [] : children(source));
  const to = target instanceof Secret ? target.reveal() : target;
  const keys = head === ANY ? new Set([...from.keys(), ...children(to).map(([key]) => key)]) : [head];
  const result: Value = Array.isArray(to) ? [...to] : isRecord(to) ? { ...(to as Properties) } : to;
  for (const key of keys) {
    const old = from.get(key);
    if (Array.isArray(result) && typeof key === "number") {
      const item = result[key];
      if (item !== undefined && old !== undefined) result[key] = resetPath(item, old, rest);
    } else if (isRecord(result) && typeof key === "string") {
      const record = result as Properties;
      const item = record[key];
      if (rest.length === 0) {
        if (old === undefined) delete record[key];
        else record[key] = old;
      } else if (item !== undefined) record[key] = resetPath(item, old, rest);
    }
  }
  return target instanceof Secret || source instanceof Secret ? new Secret(result) : result;
}

function children(value: Value): [string | number, Value][] {
  const inner = value instanceof Secret ? value.reveal() : value;
  if (Array.isArray(inner)) return inner.map((item, i) => [i, item]);
  return isRecord(inner) ? Object.entries(inner as Properties) : [];
}

export function applyIgnoreChanges(
  inputs: Properties,
  old: Properties,
  paths: readonly string[],
): Properties {
  return paths.reduce((result, path) => resetPath(result, old, parsePath(path)) as Properties, inputs);
}
