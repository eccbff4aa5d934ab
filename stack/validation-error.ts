import { formatIssue, type ValidationIssue } from "../components/validation/validation-issue";

/** A stack's config that is rejected, with all its issues; its message is a sentence an issue. */
export class ValidationError extends Error {
  constructor(readonly issues: readonly ValidationIssue[]) {
    super(issues.map(formatIssue).join("\n"));
    this.name = "ValidationError";
  }
}
