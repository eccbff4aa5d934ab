import { isOutput } from "./unknown";

/** One invalid value of an input. */
export interface ValidationIssue {
  /** The path of the value, e.g. `blue.version` or `calls[0].port`. */
  readonly key: string;
  /** The allowed values, as the text after "must be" in the message. */
  readonly allowed: string;
  /** The value as given, or a {@link ValueDescription}. */
  readonly got: unknown;
  /**
   * The sentence that says how to correct the value, in the imperative.
   *
   * @default none
   */
  readonly remedy?: string;
}

/**
 * Describes a value that cannot be shown itself, e.g. because it is secret or too long. It is printed without quotes.
 */
export class ValueDescription {
  constructor(readonly text: string) {}
}

const MAX_SHOWN_CHARACTERS = 256;

/** Formats an issue as `<key> must be <allowed>, got <value>. <remedy>`. */
export function formatIssue({ key, allowed, got, remedy }: ValidationIssue): string {
  return `${key} must be ${allowed}, got ${formatValue(got)}.${remedy ? ` ${remedy}` : ""}`;
}

function formatValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value instanceof ValueDescription) return value.text;
  if (isOutput(value)) return "an output";
  if (Array.isArray(value)) {
    const items = `[${value.map(formatValue).join(",")}]`;
    return items.length > MAX_SHOWN_CHARACTERS ? `a list of ${value.length}` : items;
  }
  // If a file's content was given in place of its path, it may contain a private key.
  if (typeof value === "string" && (value.length > MAX_SHOWN_CHARACTERS || value.split("\n").length > 2))
    return `a text of ${value.length} characters`;
  // JSON cannot represent NaN and bigint.
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return JSON.stringify(value) ?? String(value);
}
