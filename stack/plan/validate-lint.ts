import { Words } from "../../components/validation/invalid-argument";
import type { AnalysisReport } from "../../migrations/analysis/report";
import type { Refusal } from "../validation-error";
import { appliedBefore, appliedDuring, type ScriptFacts } from "./scripts";
import { type LastRelease, versionsWithUsers, type WantedRelease } from "./release-context";

/** What is wrong with the scripts that this update would run, because of what clients would feel of them. */
export function refuseLint(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
  { findings }: AnalysisReport,
): Refusal[] {
  // Without traffic there is no impact, and an applied script can no longer be edited.
  if (versionsWithUsers(last).length === 0) return [];
  const before = appliedBefore(wanted, last, scripts);
  const during = appliedDuring(wanted, last, scripts);
  return findings
    .filter(({ severity, suppressed }) => severity === "error" && !suppressed)
    .filter(({ file }) => during.has(file) && !before.has(file))
    .map(({ file, line, rule, statement, impact }) => ({
      what: `${file}:${line}`,
      got: new Words(`${statement} (${rule}: ${impact})`),
      allowed: "a statement that clients do not feel, or one with a reason why they may",
      todo: `\`npm run migrate -- check\` writes the safe way out; or write "-- lint-ignore ${rule}: <why>" above it.`,
    }));
}
