import { covers, formatPath, type PropertyPath, parsePath, reachesInto } from "./property-path";
import {
  AssetValue,
  isRecord,
  MASKED,
  type Properties,
  ResourceReference,
  Secret,
  Unknown,
  type Value,
} from "./values";

export interface PropertyChange {
  /** Property path in Pulumi's notation: `tags.Name`, `actions[0].targetGroups`, `tags["a.b"]`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  /** The old value, converted by {@link printable}. Absent for `add`. */
  readonly old?: unknown;
  readonly new?: unknown;
  readonly secret: boolean;
  readonly forcesReplacement: boolean;
}

export interface RawChange {
  readonly path: PropertyPath;
  readonly kind: PropertyChange["kind"];
  readonly old?: Value;
  readonly new?: Value;
  readonly secret: boolean;
}

/** Returns all differences, sorted by path. As in Pulumi, `null` and a missing property are equal. */
export function diffValues(old: Properties, next: Properties): RawChange[] {
  const changes: RawChange[] = [];
  compare([], old, next, false, changes);
  return changes;
}

function compare(
  path: PropertyPath,
  a: Value | undefined,
  b: Value | undefined,
  inSecret: boolean,
  changes: RawChange[],
): void {
  const old = unwrap(a);
  const next = unwrap(b);
  const secret = inSecret || a instanceof Secret || b instanceof Secret;
  // A secret is compared as a whole, because paths inside of it would reveal the keys of a secret object.
  if (!secret && Array.isArray(old) && Array.isArray(next)) {
    for (let i = 0; i < Math.max(old.length, next.length); i++)
      compare([...path, i], old[i], next[i], secret, changes);
    return;
  }
  if (!secret && isRecord(old) && isRecord(next)) {
    const [from, to] = [old as Properties, next as Properties];
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
    for (const key of keys) compare([...path, key], from[key], to[key], secret, changes);
    return;
  }
  if (sameValue(old, next)) return;
  if (isNothing(old)) changes.push({ path, kind: "add", new: next, secret });
  else if (isNothing(next)) changes.push({ path, kind: "delete", old, secret });
  else changes.push({ path, kind: "update", old, new: next, secret });
}

/**
 * Compares the content of two values. It ignores if they are secret, and compares assets by hash and resource
 * references by URN and id.
 */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  const [x, y] = [unwrap(a), unwrap(b)];
  if (isNothing(x) || isNothing(y)) return isNothing(x) && isNothing(y);
  if (x instanceof Unknown || y instanceof Unknown) return x instanceof Unknown && y instanceof Unknown;
  if (x instanceof AssetValue || y instanceof AssetValue) {
    return x instanceof AssetValue && y instanceof AssetValue && x.kind === y.kind && x.hash === y.hash;
  }
  if (x instanceof ResourceReference || y instanceof ResourceReference) {
    if (!(x instanceof ResourceReference && y instanceof ResourceReference)) return false;
    return x.urn === y.urn && sameValue(x.id, y.id);
  }
  if (Array.isArray(x) || Array.isArray(y)) {
    if (!(Array.isArray(x) && Array.isArray(y)) || x.length !== y.length) return false;
    return x.every((item, i) => sameValue(item, y[i]));
  }
  if (isRecord(x) && isRecord(y)) {
    const [from, to] = [x as Properties, y as Properties];
    return [...new Set([...Object.keys(from), ...Object.keys(to)])].every((key) =>
      sameValue(from[key], to[key]),
    );
  }
  return x === y;
}

/** True if one of the patterns (from `replaceOnChanges`, or from a provider's `replaces`) matches the change. */
export function matches(change: RawChange, patterns: readonly string[]): boolean {
  return patterns.some((text) => {
    const pattern = parsePath(text);
    if (covers(pattern, change.path)) return true;
    return reachesInto(pattern, change.path, change.old) || reachesInto(pattern, change.path, change.new);
  });
}

export function toPropertyChange(change: RawChange, forcesReplacement: boolean): PropertyChange {
  const shown = (value: Value) => (change.secret ? MASKED : printable(value));
  return {
    path: formatPath(change.path),
    kind: change.kind,
    ...(change.old === undefined ? {} : { old: shown(change.old) }),
    ...(change.new === undefined ? {} : { new: shown(change.new) }),
    secret: change.secret,
    forcesReplacement,
  };
}

/**
 * Converts a value to JSON for display. Special values become `[secret]`, `[unknown]`, `asset(3f2c9a1b)` or the id of
 * a resource.
 */
export function printable(value: Value): unknown {
  if (value instanceof Secret) return MASKED;
  if (value instanceof Unknown) return value.toString();
  if (value instanceof AssetValue) return `${value.kind}(${value.hash.slice(0, 8)})`;
  if (value instanceof ResourceReference) return printable(value.plain);
  if (Array.isArray(value)) return value.map(printable);
  if (isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value as Properties).map(([key, item]) => [key, printable(item)]),
    );
  }
  return value;
}

function unwrap(value: Value | undefined): Value | undefined {
  return value instanceof Secret ? value.reveal() : value;
}

function isNothing(value: Value | undefined): value is null | undefined {
  return value === null || value === undefined;
}
