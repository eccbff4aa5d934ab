import type { CheckFailure } from "../engine/deploy/provider";

/** An error response of AWS. */
export class AwsError extends Error {
  override readonly name = "AwsError";

  constructor(
    /** Code from AWS's API reference, such as `PriorityInUse`. */
    readonly code: string,
    /** The reason, without the code. */
    readonly detail: string,
  ) {
    super(`${code}: ${detail}`);
  }
}

/** A failed check of one input. `reason` is a sentence that names the input. */
export function failure(property: string, reason: string): CheckFailure {
  return { property, reason };
}

/** A failed check with the allowed and the actual value. `got` must not contain a secret. */
export function invalidInput(
  property: string,
  allowed: string,
  got: string | number,
  remedy?: string,
): CheckFailure {
  const sentence = `${property} must be ${allowed}, got ${got}.`;
  return failure(property, remedy === undefined ? sentence : `${sentence} ${remedy}`);
}

/** A failed check for an input that AWS supports and the simulator does not. */
export function unsupportedInput(property: string, remedy: string): CheckFailure {
  return failure(property, `${property} is not supported by the simulator. ${remedy}`);
}

/** Checks that a number is an integer within the bounds; skipped if the number is unknown. */
export function* between(
  property: string,
  value: number | undefined,
  least: number,
  most: number,
): Iterable<CheckFailure> {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  yield invalidInput(property, `a whole number from ${least} to ${most}`, value);
}

/** Checks that a text is one of the allowed values; skipped if the text is unknown. */
export function* oneOf(
  property: string,
  value: string | undefined,
  allowed: readonly string[],
): Iterable<CheckFailure> {
  if (value === undefined || allowed.includes(value)) return;
  yield invalidInput(
    property,
    allowed.length === 1 ? `"${allowed[0]}"` : `one of ${allowed.join(", ")}`,
    `"${value}"`,
  );
}
