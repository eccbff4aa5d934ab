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

/** A failed check of one input; `reason` is a sentence that names the input. */
export function failure(property: string, reason: string): CheckFailure {
  return { property, reason };
}

/** `got` must not be a secret. */
export function invalidInput(
  property: string,
  allowed: string,
  got: string | number,
  remedy?: string,
): CheckFailure {
  const sentence = `${property} must be ${allowed}, got ${got}.`;
  return failure(property, remedy === undefined ? sentence : `${sentence} ${remedy}`);
}

/** An input that AWS accepts and the simulator does not. */
export function unsupportedInput(property: string, remedy: string): CheckFailure {
  return failure(property, `${property} is not supported by the simulator. ${remedy}`);
}

/** Checks that a known number is whole and within its bounds. */
export function* between(
  property: string,
  value: number | undefined,
  least: number,
  most: number,
): Iterable<CheckFailure> {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  yield invalidInput(property, `a whole number from ${least} to ${most}`, value);
}

/** Checks that a known text is one of a list. */
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
