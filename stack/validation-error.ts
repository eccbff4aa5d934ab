import { formatIssue, type ValidationIssue } from "../components/validation/validation-issue";

/** A rejected config of a stack. The message has one sentence for each issue. */
export class ValidationError extends Error {
  constructor(readonly issues: readonly ValidationIssue[]) {
    super(issues.map(formatIssue).join("\n"));
    this.name = "ValidationError";
  }
}

/**
 * Runs two independent checks.
 *
 * @throws ValidationError with the issues of both
 */
export function checkBoth<First, Second>(first: () => First, second: () => Second): [First, Second] {
  const issues: ValidationIssue[] = [];
  const collect = <Value>(check: () => Value): Value => {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      issues.push(...error.issues);
      return undefined as Value;
    }
  };
  const results: [First, Second] = [collect(first), collect(second)];
  if (issues.length > 0) throw new ValidationError(issues);
  return results;
}
