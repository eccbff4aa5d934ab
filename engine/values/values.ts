import { inspect } from "node:util";

/**
 * A property value as the engine holds it: JSON, plus the four things that a Pulumi program can say beyond JSON.
 * `Secret` and `Unknown` never show their content when something prints or serializes them by accident.
 */
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

/** What a secret looks like wherever it is printed. */
export const MASKED = "[secret]";

/** A value that must not be shown or stored in clear. `reveal()` is the only way to its content. */
export class Secret {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value instanceof Secret ? value.reveal() : value;
  }

  reveal(): Value {
    return this.#value;
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

/** A value that is known only after an update (previews), or that needs a cloud to be known (evaluation). */
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

/** A file, text or folder that a resource takes as input. Two are the same when their hashes are. */
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
  /** Entries of an archive that is put together in the program. */
  readonly assets?: Readonly<Record<string, AssetValue>>;
}

/** A resource that is passed as a value to another one. */
export class ResourceReference {
  constructor(
    readonly urn: string,
    /** Absent for components. */
    readonly id?: string | Unknown,
  ) {}

  /** What stands for it where only plain values are taken. */
  get plain(): string | Unknown {
    return this.id ?? this.urn;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** True if `test` holds for the value or for anything inside it, secrets included. */
export function contains(value: Value, test: (inner: Value) => boolean): boolean {
  if (test(value)) return true;
  if (value instanceof Secret) return contains(value.reveal(), test);
  if (Array.isArray(value)) return value.some((item) => contains(item, test));
  if (isRecord(value)) return Object.values(value as Properties).some((item) => contains(item, test));
  return false;
}

export const containsSecret = (value: Value): boolean => contains(value, (v) => v instanceof Secret);
export const containsUnknown = (value: Value): boolean => contains(value, (v) => v instanceof Unknown);
