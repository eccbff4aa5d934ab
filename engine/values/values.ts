import { inspect } from "node:util";

/** A property value: JSON, or one of the four special kinds of a Pulumi program. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Value[]
  | { [key: string]: Value }
  | Secret
  | Unknown
  | AssetValue
  | ResourceReference;

export type Properties = { [key: string]: Value };

export const MASKED = "[secret]";

/**
 * The contents of secrets. They are not properties of `Secret`, so that copying, enumerating or inspecting a secret
 * does not reveal them.
 */
const contents = new WeakMap<Secret, Value>();

/** A value that is masked when it is printed or serialized; only `reveal()` returns its content. */
export class Secret {
  constructor(value: Value) {
    contents.set(this, value instanceof Secret ? value.reveal() : value);
  }

  reveal(): Value {
    return contents.get(this) as Value;
  }

  toJSON(): string {
    return MASKED;
  }

  toString(): string {
    return MASKED;
  }

  [inspect.custom](): string {
    return MASKED;
  }
}

/** A value that is unknown until apply, or unknown without a cloud. */
export class Unknown {
  toJSON(): string {
    return "[unknown]";
  }

  toString(): string {
    return "[unknown]";
  }

  [inspect.custom](): string {
    return "[unknown]";
  }
}

export const UNKNOWN = new Unknown();

export class AssetValue {
  constructor(
    readonly kind: "asset" | "archive",
    readonly source: AssetSource,
    /** SHA-256 of the content, hexadecimal. */
    readonly hash: string,
  ) {}
}

export interface AssetSource {
  /** Absolute path of a file or folder. */
  readonly path?: string;
  readonly text?: string;
  readonly uri?: string;
  readonly assets?: Readonly<Record<string, AssetValue>>;
}

export class ResourceReference {
  constructor(
    readonly urn: string,
    /** Id of the resource. Absent for components. */
    readonly id?: string | Unknown,
  ) {}

  get plain(): string | Unknown {
    return this.id ?? this.urn;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** True if `test` is true for the value or any value inside it, secrets included. */
export function contains(value: Value, test: (inner: Value) => boolean): boolean {
  if (test(value)) return true;
  if (value instanceof Secret) return contains(value.reveal(), test);
  if (Array.isArray(value)) return value.some((item) => contains(item, test));
  if (isRecord(value)) return Object.values(value as Properties).some((item) => contains(item, test));
  return false;
}

export const containsSecret = (value: Value): boolean => contains(value, (v) => v instanceof Secret);
export const containsUnknown = (value: Value): boolean => contains(value, (v) => v instanceof Unknown);
