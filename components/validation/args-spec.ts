import type * as pulumi from "@pulumi/pulumi";
import type { NameRule } from "./names";
import type { ValidationIssue } from "./validation-issue";

/**
 * The spec of a component: the one place for ranges, defaults and messages.
 *
 * The types below tie a spec to its args interface: an arg without an entry, or with an entry of another kind, does not
 * compile. Use it with `satisfies`, so that a default keeps its type and the component can read it.
 */
export interface ComponentSpec<Args> {
  /** @default any text that is not empty */
  readonly name?: NameRule;
  readonly args: ArgsSpec<Args>;
  readonly checks?: readonly CrossCheck<Args>[];
}

/** A check that reads more than one arg. It is skipped while one of these has an issue of its own. */
export interface CrossCheck<Args> {
  readonly reads: readonly (keyof Args & string)[];
  readonly check: (args: Args, name: string) => readonly (ValidationIssue | undefined)[];
}

export type ArgsSpec<Args> = { readonly [Key in keyof Required<Args>]: ArgSpec<Args[Key]> };

export type ArgSpec<Value> = ItemSpec<Value> & Presence<Value>;

/** An item of a list or a map, which is always present. */
export type ItemSpec<Value> = Knowledge<Value> & Form<Known<Value>>;

type Known<Value> = Exclude<Value, undefined | Promise<unknown> | pulumi.OutputInstance<unknown>>;

/** `whenOmitted` describes a default that is not one value. */
type Presence<Value> = undefined extends Value
  ? { readonly default: Known<Value> } | { readonly whenOmitted: string }
  : { readonly required: true };

/** `input` marks an arg whose value may be unknown until apply. */
type Knowledge<Value> = [Extract<Value, Promise<unknown>>] extends [never]
  ? { readonly input?: never }
  : { readonly input: true };

type Form<Value> = [Value] extends [string]
  ? string extends Value
    ? StringForm
    : EnumForm<Value>
  : [Value] extends [number]
    ? NumberForm
    : [Value] extends [boolean]
      ? BooleanForm
      : [Value] extends [readonly (infer Item)[]]
        ? ListForm<Item>
        : string extends keyof Value
          ? MapForm<Value[keyof Value]>
          : ObjectForm<Value>;

/** A condition on a known value. */
export interface Requirement<Value> {
  /** Words that follow "must be". */
  readonly allowed: string;
  readonly holds: (value: Value) => boolean;
  /** A sentence in the imperative. @default none */
  readonly remedy?: string;
}

/** A text that matches a pattern. */
export interface Format {
  readonly allowed: string;
  readonly pattern: RegExp;
  readonly remedy?: string;
}

export interface StringForm {
  readonly kind: "string";
  /** @default any text */
  readonly format?: Format | Requirement<string>;
  /** Keeps the value out of messages. @default false */
  readonly secret?: true;
}

interface EnumForm<Value> {
  readonly kind: "enum";
  readonly values: readonly Value[];
}

export interface NumberForm {
  readonly kind: "integer" | "number";
  readonly min: number;
  readonly max: number;
}

interface BooleanForm {
  readonly kind: "boolean";
}

export interface ListForm<Item> {
  readonly kind: "list";
  readonly items: ItemSpec<Item>;
  readonly requirement?: Requirement<readonly unknown[]>;
  /** Compares items with each other. It is skipped while one of them has an issue. */
  readonly check?: (items: readonly Item[], key: string) => readonly (ValidationIssue | undefined)[];
}

export interface MapForm<Item> {
  readonly kind: "map";
  /** @default any text */
  readonly keys?: Format;
  readonly items: ItemSpec<Item>;
  readonly check?: (
    map: Readonly<Record<string, Item>>,
    key: string,
  ) => readonly (ValidationIssue | undefined)[];
}

interface ObjectForm<Value> {
  readonly kind: "object";
  readonly args: ArgsSpec<Value>;
}

/** A spec of which the args type is not known any more. */
export type AnyForm =
  | StringForm
  | EnumForm<unknown>
  | NumberForm
  | BooleanForm
  | (Omit<ListForm<unknown>, "items"> & { readonly items: AnyArgSpec })
  | (Omit<MapForm<unknown>, "items"> & { readonly items: AnyArgSpec })
  | { readonly kind: "object"; readonly args: AnyArgsSpec };

export type AnyArgSpec = AnyForm & {
  readonly required?: true;
  readonly default?: unknown;
  readonly whenOmitted?: string;
  readonly input?: true;
};

export type AnyArgsSpec = Readonly<Record<string, AnyArgSpec>>;
