import type { Report } from "./report";
import type { CheckedOut } from "./revisions";
import { noteOnSubmodules } from "./submodules";

/** The report with what the revisions' files tell that it cannot see. */
export function withLimits(report: Report, base: CheckedOut, head: CheckedOut): Report {
  const note = noteOnSubmodules(base.emptySubmodules, head.emptySubmodules);
  if (note === undefined) return report;
  return { ...report, complete: false, notes: [note, ...report.notes] };
}
