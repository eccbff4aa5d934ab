import * as fs from "node:fs";
import * as path from "node:path";
import { closest } from "./closest";
import { InvalidArgumentError, isEventual, isStandIn, Words } from "./invalid";

/** What the schema says of a value, as far as it is checked here. */
interface Spec {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: Spec;
  readonly additionalProperties?: Spec;
  readonly optional?: boolean;
  /** Not an output: it must be known when the program is evaluated. */
  readonly plain?: boolean;
}

type Specs = Readonly<Record<string, Spec>>;

interface Schema {
  readonly resources: Readonly<Record<string, { readonly inputProperties: Specs }>>;
  readonly types: Readonly<
    Record<string, { readonly properties?: Specs; readonly enum?: readonly { readonly value: string }[] }>
  >;
}

let read: Schema | undefined;

/** The committed schema, which lies beside this file: what the types say, still there when the program runs. */
function schema(): Schema {
  read ??= JSON.parse(fs.readFileSync(path.join(__dirname, "schema.json"), "utf8")) as Schema;
  return read;
}

/**
 * Refuses args that are not of a component's types: callers from JavaScript, from YAML or with `any` have no compiler
 * that would tell them of a misspelt key, a missing arg or a "false" that counts as true.
 */
export function checkShape(component: string, name: string, args: unknown): void {
  const of = `${component} "${name}"`;
  const specs = schema().resources[`changeover:index:${component}`]?.inputProperties ?? {};
  checkObject(of, `${of}: `, args, specs);
}

function checkObject(what: string, prefix: string, value: unknown, specs: Specs): void {
  const known = Object.keys(specs);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError({
      what,
      got: kindOf(value),
      allowed: `an object with ${known.join(", ")}`,
    });
  }
  // A component may stand for its outputs, and has more than those. In a plain object an unknown key is refused, even
  // though TypeScript takes a wider object: a misspelt key would be left out without a word.
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(value));
  const unknown = isPlain ? Object.keys(value).find((key) => !known.includes(key)) : undefined;
  if (unknown !== undefined) {
    const meant = closest(unknown, known);
    throw new InvalidArgumentError({
      what: prefix + unknown,
      got: new Words("a key that is not known"),
      allowed: `one of ${known.join(", ")}`,
      todo: meant === undefined ? "Remove it." : `Did you mean ${meant}?`,
    });
  }
  for (const [key, spec] of Object.entries(specs)) {
    checkValue(prefix + key, (value as Record<string, unknown>)[key], spec);
  }
}

function checkValue(what: string, value: unknown, spec: Spec): void {
  if (value === undefined && spec.optional) return;
  if ((isEventual(value) || isStandIn(value)) && !spec.plain) return;
  const type = schema().types[spec.$ref?.replace("#/types/", "") ?? ""];
  if (type?.properties) checkObject(what, `${what}.`, value, type.properties);
  else if (type?.enum)
    checkEnum(
      what,
      value,
      type.enum.map((each) => each.value),
    );
  else checkType(what, value, spec);
}

function checkType(what: string, value: unknown, spec: Spec): void {
  const expected = TYPES[spec.type ?? ""];
  if (expected === undefined) return;
  if (!expected.holds(value)) {
    // A text that should have been written without quotes may be shown; anything else may hold a secret.
    const got = typeof value === "string" ? value : kindOf(value);
    const todo = isEventual(value) ? "Give a value that is known when the program runs." : undefined;
    throw new InvalidArgumentError({ what, got, allowed: expected.allowed, todo });
  }
  const each = spec.items ?? spec.additionalProperties;
  if (each === undefined) return;
  for (const [key, item] of Object.entries(value as object)) {
    // Pulumi leaves out what is undefined in a map, as in tags that a team shares.
    if (item === undefined && !spec.items) continue;
    checkValue(spec.items ? `${what}[${key}]` : `${what}.${key}`, item, each);
  }
}

function checkEnum(what: string, value: unknown, values: readonly string[]): void {
  if (values.includes(value as string) || isStandIn(value)) return;
  const got = typeof value === "string" ? value : kindOf(value);
  throw new InvalidArgumentError({ what, got, allowed: values.join(" or ") });
}

const TYPES: Readonly<Record<string, { allowed: string; holds: (value: unknown) => boolean }>> = {
  array: { allowed: "a list", holds: Array.isArray },
  boolean: { allowed: "true or false, without quotes", holds: (value) => typeof value === "boolean" },
  number: { allowed: "a number, without quotes", holds: (value) => typeof value === "number" },
  object: {
    allowed: "an object",
    holds: (value) =>
      typeof value === "object" && value !== null && !Array.isArray(value) && !isEventual(value),
  },
  string: { allowed: "a text", holds: (value) => typeof value === "string" },
};

function kindOf(value: unknown): unknown {
  if (value === undefined || value === null) return value;
  if (isEventual(value)) return new Words("an output");
  return new Words(Array.isArray(value) ? "a list" : `a value of type ${typeof value}`);
}
