import { z } from "zod";
import type { Format, NumberForm, Requirement } from "../../components/validation/args-spec";

export interface Setting<Value = unknown> {
  readonly type: "string" | "integer" | "boolean" | "list";
  readonly schema: z.ZodType<Value>;
  readonly meaning: string;
  /** The text after "must be" in a message. */
  readonly allowed: string;
  readonly unit?: string;
  readonly default?: string | number | boolean;
  /** The description of a default that is not a constant. */
  readonly whenUnset?: string;
}

interface Options<Value> {
  readonly default?: Value;
  readonly unit?: string;
  readonly whenUnset?: string;
  /** An empty value is rejected, although `Pulumi.yaml` has a default. */
  readonly required?: true;
}

/** A setting without a default may be undefined. */
type Parsed<Value, Given> = Given extends { default: Value } ? Value : Value | undefined;
type NoOptions = Record<never, never>;

function define<Value extends string | number | boolean, Given extends Options<Value>>(
  type: Setting["type"],
  schema: z.ZodType<Value>,
  allowed: string,
  meaning: string,
  { required, ...options }: Given,
): Setting<Parsed<Value, Given>> {
  const { default: value } = options;
  let complete: z.ZodType = schema;
  if (value !== undefined && !required) complete = schema.optional().transform((given) => given ?? value);
  else if (!required) complete = schema.optional();
  return { ...options, type, schema: complete as z.ZodType<Parsed<Value, Given>>, allowed, meaning };
}

export function text<Given extends Options<string> = NoOptions>(
  format: Format | Requirement<string>,
  meaning: string,
  options = {} as Given,
) {
  const schema =
    "pattern" in format
      ? z.string().regex(format.pattern)
      : z.string().refine((value) => format.holds(value));
  return define<string, Given>("string", schema, format.allowed, meaning, options);
}

export function oneOf<const Value extends string, Given extends Options<Value> = NoOptions>(
  values: readonly Value[],
  meaning: string,
  options = {} as Given,
) {
  return define<Value, Given>("string", z.enum(values), values.join(" or "), meaning, options);
}

/**
 * @param range the range of the component arg that gets the value, or a stricter one
 * @param options.hint the text after the range in messages
 */
export function integer<Given extends Options<number> = NoOptions>(
  { min, max }: Pick<NumberForm, "min" | "max">,
  meaning: string,
  { hint = "", ...options } = {} as Given & { hint?: string },
) {
  // Config values are text, except inside an object. A leading zero is rejected, because YAML may read 010 as 8.
  const digits = z
    .string()
    .regex(/^(0|-?[1-9]\d*)$/)
    .transform(Number);
  const schema = z.union([z.number(), digits]).pipe(z.number().int().min(min).max(max));
  const allowed = `a whole number from ${min} to ${max}${hint}`;
  return define<number, Given>("integer", schema, allowed, meaning, options as unknown as Given);
}

export function flag<Given extends Options<boolean>>(meaning: string, options: Given) {
  const literal = z.enum(["true", "false"]).transform((given) => given === "true");
  return define<boolean, Given>(
    "boolean",
    z.union([z.boolean(), literal]),
    "true or false",
    meaning,
    options,
  );
}

/** A list outside an object is JSON text in the config. */
function parsedList<Items extends z.ZodType>(items: Items) {
  return z.preprocess((given) => {
    if (typeof given !== "string") return given;
    try {
      return JSON.parse(given);
    } catch {
      return given;
    }
  }, items.optional());
}

interface ListOptions {
  /** @default 2, for load balancers and databases in two zones */
  readonly min?: number;
  /** The description of the default. */
  readonly whenUnset?: string;
}

/** A list of texts, each once. */
export function list(
  { pattern, allowed }: Format,
  meaning: string,
  { min = 2, ...options }: ListOptions = {},
): Setting<string[] | undefined> {
  const items = z
    .array(z.string().regex(pattern))
    .min(min)
    .refine((texts) => new Set(texts).size === texts.length);
  return { ...options, type: "list", schema: parsedList(items), meaning, allowed };
}

export function objects<Item extends z.ZodType>(
  item: Item,
  allowed: string,
  meaning: string,
): Setting<z.infer<Item>[] | undefined> {
  const schema = parsedList(z.array(item).min(1)) as z.ZodType<z.infer<Item>[] | undefined>;
  return { type: "list", schema, meaning, allowed };
}
