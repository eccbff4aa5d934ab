import { formatIssue, type ValidationIssue } from "../components/validation/validation-issue";

/** A rejected config of a stack. The message has one sentence for each issue. */
export class ValidationError extends Error {
  constructor(readonly issues: readonly ValidationIssue[]) {
    super(issues.map(formatIssue).join("\n"));
    this.name = "ValidationError";
  }
}
