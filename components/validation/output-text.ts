import * as pulumi from "@pulumi/pulumi";
import { type ValidationIssue, ValueDescription } from "./validation-issue";

/**
 * The text of an output in a template literal, in an f-string of Python and in the same forms of other languages, and
 * of a resource or a promise there.
 */
const OUTPUT_TEXT = /Calling \[?\w+\]? on an \[?Output\b|\[object (Object|Promise)\]/;

/** Returns an issue if an output, a promise or a resource was made a text, which loses its value. */
export function outputTextIssue(key: string, value: unknown): ValidationIssue | undefined {
  if (typeof value !== "string" || !OUTPUT_TEXT.test(value)) return undefined;
  return {
    key,
    allowed: "a text without an output, a promise or a resource in a template",
    got: new ValueDescription(
      value.includes("[object ") ? "a text with [object …]" : "a text with the message of an output",
    ),
    remedy: "Write pulumi.interpolate before the template literal; in Python use pulumi.Output.format.",
  };
}

/** The text of a missing value in a template literal. `null` may be a part of a word. */
const MISSING_TEXT = /undefined|(?<![a-z])(null|NaN|None)(?![a-z])/;

/** Returns an issue if a template literal had no value. `undefined` in free text, such as a script, is no mistake. */
export function missingTextIssue(key: string, value: unknown): ValidationIssue | undefined {
  const [missing] = (typeof value === "string" && MISSING_TEXT.exec(value)) || [];
  if (missing === undefined) return undefined;
  return {
    key,
    allowed: `a text without ${missing}, which a missing value leaves in a template`,
    got: value,
    remedy: "Give the missing value.",
  };
}

/**
 * Checks a value that may become known only during an update. The error then stops everything that needs the value.
 *
 * @param check throws for a value that is not allowed
 */
export function whenKnown<Value>(
  value: pulumi.Input<Value>,
  check: (known: pulumi.Unwrap<Value>) => void,
): pulumi.Output<pulumi.Unwrap<Value>> {
  return pulumi.output(value).apply((known) => {
    check(known as pulumi.Unwrap<Value>);
    return known;
  }) as pulumi.Output<pulumi.Unwrap<Value>>;
}
