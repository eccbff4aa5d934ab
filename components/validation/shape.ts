import * as fs from "node:fs";
import * as path from "node:path";
import { closest } from "./closest";
import { InvalidArgumentError, isEventual, isLate, isStandIn, type Refusal, Words } from "./invalid-argument";

/** What the schema says of a value, as far as it is checked here. */
interface Spec {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: Spec;
  readonly additionalProperties?: Spec;
  readonly optional?: boolean;
  /** Not an output: it must be known when the program is evaluated. */
  readonly plain?: boolean;
  readonly description?: string;
}

type Specs = Readonly<Record<string, Spec>>;

interface Schema {
  readonly resources: Readonly<Record<string, { readonly inputProperties: Specs }>>;
  readonly types: Readonly<Record<string, Type>>;
}

interface Type {
  readonly properties?: Specs;
  readonly enum?: readonly { readonly value: string }[];
}

let read: Schema | undefined;

/** The committed schema, which lies beside this file: what the types say, still there when the program runs. */
function schema(): Schema {
  read ??= JSON.parse(fs.readFileSync(path.join(__dirname, "..", "schema.json"), "utf8")) as Schema;
  return read;
}

/**
 * Refuses args that are not of a component's types: callers from JavaScript, from YAML or with `any` have no compiler
 * that would tell them of a misspelt key, a missing arg or a "false" that counts as true.
 */
export function checkShape(component: string, name: string, args: unknown): void {
  if (typeof name !== "string" || name === "") {
    const todo = "Give it first, and then the args.";
    throw new InvalidArgumentError({
      what: `${component} name`,
      got: name === "" ? name : kindOf(name),
      allowed: "a text that is not empty",
      todo,
    });
  }
  const of = `${component} "${name}"`;
  const specs = schema().resources[`changeover:index:${component}`]?.inputProperties ?? {};
  const expected = objectWith(specs);
  if (!expected.holds(args)) {
    throw new InvalidArgumentError({ what: of, got: kindOf(args), allowed: expected.allowed });
  }
  checkProperties(`${of}: `, args as object, specs);
}

function checkProperties(prefix: string, value: object, specs: Specs): void {
  const known = Object.keys(specs);
  // A component may stand for its outputs, and has more than those. In a plain object an unknown key is refused, even
  // though TypeScript takes a wider object: a misspelt key would be left out without a word.
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(value));
  const unknown = isPlain ? Object.keys(value).find((key) => !known.includes(key)) : undefined;
  if (unknown !== undefined) throw new InvalidArgumentError(unknownKey(prefix + unknown, unknown, known));
  for (const [key, spec] of Object.entries(specs)) {
    checkValue(prefix + key, (value as Record<string, unknown>)[key], spec);
  }
}

/** A key that nobody reads. What was probably meant stands before the list, which is long. */
export function unknownKey(what: string, key: string, known: readonly string[]): Refusal {
  const meant = closest(key, known);
  const got = `a key that is not known${meant === undefined ? "" : ` (did you mean ${meant}?)`}`;
  const allowed = `one of ${known.join(", ")}`;
  const todo = OPTIONS.includes(key) ? "It is an option: give it after the args." : "Remove it.";
  return { what, got: new Words(got), allowed, todo: meant === undefined ? todo : undefined };
}

/** What is easily put among the args. Without it, what should wait would not. */
const OPTIONS = ["dependsOn", "parent", "provider", "transforms", "aliases"];

function checkValue(what: string, value: unknown, spec: Spec): void {
  if (value === undefined && spec.optional) return;
  if (isLate(value) && !spec.plain) return;
  const type = schema().types[spec.$ref?.replace("#/types/", "") ?? ""];
  const expected = type === undefined ? TYPES[spec.type ?? ""] : expectedOf(type);
  if (expected === undefined) return;
  if (!expected.holds(value)) {
    // A text that should have been written without quotes may be shown; anything else may hold a secret.
    const got = typeof value === "string" && !type?.properties ? value : kindOf(value);
    throw new InvalidArgumentError({ what, got, allowed: expected.allowed, todo: todoOf(value, spec) });
  }
  if (type?.properties) checkProperties(`${what}.`, value as object, type.properties);
  const each = spec.items ?? spec.additionalProperties;
  if (each === undefined) return;
  for (const [key, item] of Object.entries(value as object)) {
    // Pulumi leaves out what is undefined in a map, as in tags that a team shares.
    if (item === undefined && !spec.items) continue;
    checkValue(spec.items ? `${what}[${key}]` : `${what}.${key}`, item, each);
  }
}

interface Expected {
  readonly allowed: string;
  readonly holds: (value: unknown) => boolean;
}

/** An output may stand for it, too: Pulumi gives the properties of what it will be. */
function objectWith(specs: Specs): Expected {
  return {
    allowed: `an object with ${Object.keys(specs).join(", ")}`,
    holds: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  };
}

function expectedOf({ properties, enum: choices }: Type): Expected | undefined {
  if (properties) return objectWith(properties);
  const values = choices?.map((each) => each.value);
  return (
    values && {
      allowed: values.join(" or "),
      holds: (value) => values.includes(value as string) || isStandIn(value),
    }
  );
}

const TYPES: Readonly<Record<string, Expected>> = {
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

function todoOf(value: unknown, { optional, description, items }: Spec): string | undefined {
  if (isEventual(value)) {
    const parts = items !== undefined && !items.plain ? "; what is in it may be outputs" : "";
    return `Give a value that is known when the program runs${parts}.`;
  }
  if (optional || description === undefined || (value !== undefined && value !== null)) return undefined;
  return `It is required: ${firstSentence(description)}`;
}

/** In the schema, lines are as long as in the sources. A dot within a sentence, as in "e.g.", has no capital behind it. */
function firstSentence(description: string): string {
  return description.replace(/\s+/g, " ").replace(/(\.) [A-Z].*$/, "$1");
}

function kindOf(value: unknown): unknown {
  if (value === undefined || value === null) return value;
  if (isEventual(value)) return new Words("an output");
  return new Words(Array.isArray(value) ? "a list" : `a value of type ${typeof value}`);
}
