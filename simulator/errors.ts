import type { CheckFailure } from "../engine/deploy/provider";

/** What AWS answers to a call that it refuses. */
export class AwsError extends Error {
  override readonly name = "AwsError";

  constructor(
    /** As in AWS's API reference, such as `PriorityInUse`. */
    readonly code: string,
    /** What is wrong, without the code. */
    readonly detail: string,
  ) {
    super(`${code}: ${detail}`);
  }
}

/** A failed check of one input; `reason` says what was got and what is allowed. */
export function failure(property: string, reason: string): CheckFailure {
  return { property, reason };
}

/** Checks that a number, when it is known, is whole and within its bounds. */
export function* between(
  property: string,
  value: number | undefined,
  least: number,
  most: number,
): Iterable<CheckFailure> {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  yield failure(property, `${property} is ${value}; allowed are whole numbers from ${least} to ${most}`);
}

/** Checks that a text, when it is known, is one of a few. */
export function* oneOf(
  property: string,
  value: string | undefined,
  allowed: readonly string[],
): Iterable<CheckFailure> {
  if (value === undefined || allowed.includes(value)) return;
  yield failure(property, `${property} is "${value}"; allowed are ${allowed.join(", ")}`);
}
