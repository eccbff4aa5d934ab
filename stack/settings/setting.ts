import { z } from "zod";

export interface Setting<Value = unknown> {
  readonly type: "string" | "integer" | "boolean" | "list";
  readonly schema: z.ZodType<Value>;
  readonly meaning: string;
  /** Follows "must be". */
  readonly allowed: string;
  readonly unit?: string;
  readonly default?: string | number | boolean;
  /** The default in words, if it is not one value. */
  readonly whenUnset?: string;
}

interface Options<Value> {
  readonly meaning: string;
  readonly unit?: string;
  readonly default?: Value;
  readonly whenUnset?: string;
  /** An emptied value is rejected, though `Pulumi.yaml` has a default. */
  readonly required?: true;
}

/** Undefined is a value of a setting without a default. */
type Parsed<Value, Given> = Given extends { default: Value } ? Value : Value | undefined;

/** A text that matches a pattern; the shape of the components' formats. */
interface TextFormat {
  readonly pattern: RegExp;
  readonly allowed: string;
}

function define<Value extends string | number | boolean, Given extends Options<Value>>(
  type: Setting["type"],
  schema: z.ZodType<Value>,
  allowed: string,
  { required, ...options }: Given,
): Setting<Parsed<Value, Given>> {
  const { default: value } = options;
  let complete: z.ZodType = schema;
  if (value !== undefined && !required) complete = schema.optional().transform((given) => given ?? value);
  else if (!required) complete = schema.optional();
  return { ...options, type, schema: complete as z.ZodType<Parsed<Value, Given>>, allowed };
}

export function text<Given extends Options<string>>(format: TextFormat, options: Given) {
  return define<string, Given>("string", z.string().regex(format.pattern), format.allowed, options);
}

export function oneOf<const Value extends string, Given extends Options<Value>>(
  values: readonly Value[],
  options: Given,
) {
  return define<Value, Given>("string", z.enum(values), values.join(" or "), options);
}

/** @param range.hint follows the range in messages */
export function integer<Given extends Options<number>>(
  range: { readonly min: number; readonly max: number; readonly hint?: string },
  options: Given,
) {
  const { min, max, hint = "" } = range;
  // The config has numbers as text, except inside an object. Not 010, which YAML may read as 8.
  const digits = z
    .string()
    .regex(/^(0|-?[1-9]\d*)$/)
    .transform(Number);
  const schema = z.union([z.number(), digits]).pipe(z.number().int().min(min).max(max));
  return define<number, Given>("integer", schema, `a whole number from ${min} to ${max}${hint}`, options);
}

export function flag<Given extends Options<boolean>>(options: Given) {
  const literal = z.enum(["true", "false"]).transform((given) => given === "true");
  return define<boolean, Given>("boolean", z.union([z.boolean(), literal]), "true or false", options);
}

/** Two or more different texts, for load balancers and databases in two zones. */
export function list(
  { pattern, allowed }: TextFormat,
  { meaning }: Options<never>,
): Setting<string[] | undefined> {
  const schema = z
    .array(z.string().regex(pattern))
    .min(2)
    .refine((items) => new Set(items).size === items.length)
    .optional();
  return { type: "list", schema, meaning, allowed };
}
