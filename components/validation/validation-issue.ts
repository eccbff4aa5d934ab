import { isOutput } from "./unknown";

/** One invalid value of an input. */
export interface ValidationIssue {
  /** The path of the value, e.g. `blue.version` or `calls[0].port`. */
  readonly key: string;
  /** The allowed values in words that follow "must be". */
  readonly allowed: string;
  /** The value as given, or a {@link ValueDescription}. */
  readonly got: unknown;
  /** A sentence in the imperative. @default none */
  readonly remedy?: string;
}

/** Words for a value that is a secret, too long, or not a value at all; shown without quotes. */
export class ValueDescription {
  constructor(readonly text: string) {}
}

const MAX_SHOWN_CHARACTERS = 256;

/** `<key> must be <allowed>, got <value>. <remedy>` */
export function formatIssue({ key, allowed, got, remedy }: ValidationIssue): string {
  return `${key} must be ${allowed}, got ${formatValue(got)}.${remedy ? ` ${remedy}` : ""}`;
}

function formatValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value instanceof ValueDescription) return value.text;
  if (isOutput(value)) return "an output";
  if (Array.isArray(value)) return `[${value.map(formatValue).join(",")}]`;
  // A file's content in place of its path may contain a private key.
  if (typeof value === "string" && (value.length > MAX_SHOWN_CHARACTERS || value.split("\n").length > 2))
    return `a text of ${value.length} characters`;
  // JSON has no NaN and no bigint.
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return JSON.stringify(value) ?? String(value);
}
