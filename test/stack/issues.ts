import type { ValidationIssue } from "../../components/validation/validation-issue";
import { ValidationError } from "../../stack/validation-error";

/** The issues of a rejected input; none when it is accepted. */
export function issuesOf(decide: () => unknown): readonly ValidationIssue[] {
  try {
    decide();
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return error.issues;
    throw error;
  }
}

/** Key and value of each issue. */
export function rejectedValues(issues: readonly ValidationIssue[]): [key: string, got: unknown][] {
  return issues.map(({ key, got }) => [key, got]);
}
