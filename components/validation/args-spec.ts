import type * as pulumi from "@pulumi/pulumi";
import type { NameRule } from "./names";
import type { ValidationIssue } from "./validation-issue";

/**
 * The spec of a component's args: their ranges, defaults and messages.
 *
 * The types below tie a spec to its args interface: an arg with no entry, or with the wrong kind of entry, does not
 * compile. Declare a spec with `satisfies`, so that its defaults keep their literal types for the component.
 */
export interface ComponentSpec<Args> {
  /** @default any text that is not empty */
  readonly name?: NameRule;
  readonly args: ArgsSpec<Args>;
  readonly checks?: readonly CrossCheck<Args>[];
}

/** A check that reads more than one arg. It is skipped if one of these args is invalid itself. */
export interface CrossCheck<Args> {
  readonly reads: readonly (keyof Args & string)[];
  readonly check: (args: Args, name: string) => readonly (ValidationIssue | undefined)[];
}

export type ArgsSpec<Args> = { readonly [Key in keyof Required<Args>]: ArgSpec<Args[Key]> };

export type ArgSpec<Value> = ItemSpec<Value> & Presence<Value>;

/** The spec of a list item or a map value. It has no default, because an item is always present. */
export type ItemSpec<Value> = Knowledge<Value> & Form<Known<Value>>;

type Known<Value> = Exclude<Value, undefined | Promise<unknown> | pulumi.OutputInstance<unknown>>;

/** `whenOmitted` describes a default that is not a constant. */
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
  /** The text after "must be" in a message. */
  readonly allowed: string;
  readonly holds: (value: Value) => boolean;
  /**
   * The sentence that says how to correct the value, in the imperative.
   *
   * @default none
   */
  readonly remedy?: string | ((value: Value) => string);
}

export interface Format {
  readonly allowed: string;
  readonly pattern: RegExp;
  readonly remedy?: string;
  /** Marks an ARN with a region, which must be the region of the component. */
  readonly isRegional?: true;
}

export interface StringForm {
  readonly kind: "string";
  /** @default any text */
  readonly format?: Format | Requirement<string>;
  /** Rejects the text that a missing value leaves in a template literal. @default false */
  readonly complete?: true;
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
  /** Compares items with each other. It is skipped if one of them is invalid itself. */
  readonly check?: (items: readonly Item[], key: string) => readonly (ValidationIssue | undefined)[];
}

export interface MapForm<Item> {
  readonly kind: "map";
  /** @default any text */
  readonly keys?: Format | Requirement<string>;
  readonly items: ItemSpec<Item>;
  readonly check?: (
    map: Readonly<Record<string, Item>>,
    key: string,
  ) => readonly (ValidationIssue | undefined)[];
}

interface ObjectForm<Value> {
  readonly kind: "object";
  /**
   * The component that may be given itself. Another resource is rejected, although it may have the same outputs.
   *
   * @default any
   */
  readonly component?: string;
  readonly args: ArgsSpec<Value>;
}

/** The spec of any arg, for code that does not know the args type. */
export type AnyForm =
  | StringForm
  | EnumForm<unknown>
  | NumberForm
  | BooleanForm
  | (Omit<ListForm<unknown>, "items"> & { readonly items: AnyArgSpec })
  | (Omit<MapForm<unknown>, "items"> & { readonly items: AnyArgSpec })
  | { readonly kind: "object"; readonly component?: string; readonly args: AnyArgsSpec };

export type AnyArgSpec = AnyForm & {
  readonly required?: true;
  readonly default?: unknown;
  readonly whenOmitted?: string;
  readonly input?: true;
};

export type AnyArgsSpec = Readonly<Record<string, AnyArgSpec>>;
