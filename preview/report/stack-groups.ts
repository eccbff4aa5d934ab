import { SEVERITIES, worstFinding } from "../findings/finding";
import type { StackReport } from "./report";

/** Stacks with the same report, up to their names. */
export interface StackGroup {
  readonly stacks: readonly string[];
  /** The report of the first stack. */
  readonly report: StackReport;
}

/** Groups stacks with the same report, so that it is shown once. The first group is the one that needs the most review. */
export function groupStacks(reports: readonly StackReport[]): StackGroup[] {
  const groups = new Map<string, { stacks: string[]; report: StackReport }>();
  for (const report of reports) {
    // Names of resources contain the name of the stack.
    const key = JSON.stringify({ ...report, stack: "" }).replaceAll(report.stack, "<stack>");
    const group = groups.get(key);
    if (group) group.stacks.push(report.stack);
    else groups.set(key, { stacks: [report.stack], report });
  }
  return [...groups.values()].sort((a, b) => rank(a.report) - rank(b.report));
}

const OUTCOMES: readonly StackReport["outcome"][] = ["failed", "rejected", "uncompared", "changes", "same"];

function rank({ outcome, findings }: StackReport): number {
  const severity = SEVERITIES.indexOf(worstFinding(findings)?.severity ?? "none");
  return OUTCOMES.indexOf(outcome) * SEVERITIES.length + severity;
}
