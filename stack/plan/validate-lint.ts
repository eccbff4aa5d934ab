import { type ValidationIssue, ValueDescription } from "../../components/validation/validation-issue";
import type { ReleaseContext } from "./release-context";

/** Lint errors of the scripts that this update would apply. */
export function lintIssues(context: ReleaseContext): ValidationIssue[] {
  const { report, versionsWithTraffic, requested, appliedBefore } = context;
  // Scripts have no impact on clients if no color received traffic.
  if (versionsWithTraffic.length === 0) return [];
  return report.findings
    .filter(({ severity, suppressed }) => severity === "error" && !suppressed)
    .filter(({ file }) => requested.has(file) && !appliedBefore.has(file))
    .map(({ file, line, rule, statement, impact }) => ({
      key: `${file}:${line}`,
      got: new ValueDescription(`${statement} (${rule}: ${impact})`),
      allowed: "a statement without impact on clients, or one with a reason why it is acceptable",
      remedy: `See the remediation by \`npm run migrate -- check\`, or write "-- lint-ignore ${rule}: <why>" above it.`,
    }));
}
