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

/** A failed check of one input; `reason` contains the value and the allowed values. */
export function failure(property: string, reason: string): CheckFailure {
  return { property, reason };
}

/** Checks that a known number is whole and within its bounds. */
export function* between(
  property: string,
  value: number | undefined,
  least: number,
  most: number,
): Iterable<CheckFailure> {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  yield failure(property, `${property} is ${value}; allowed are whole numbers from ${least} to ${most}`);
}

/** Checks that a known text is one of a list. */
export function* oneOf(
  property: string,
  value: string | undefined,
  allowed: readonly string[],
): Iterable<CheckFailure> {
  if (value === undefined || allowed.includes(value)) return;
  yield failure(property, `${property} is "${value}"; allowed are ${allowed.join(", ")}`);
}
