import { environmentAnswer, environmentOf, noteOnEnvironments } from "./environments";
import { hasProgram } from "./evaluate-revision";
import type { Report } from "./report";
import type { CheckedOut } from "./revisions";
import { noteOnSubmodules } from "./submodules";

interface Revisions {
  readonly base: CheckedOut;
  readonly head: CheckedOut;
  readonly stack: string;
}

/** The report with what the revisions' files tell that it cannot see. */
export function withLimits(report: Report, { base, head, stack }: Revisions): Report {
  const environments = [base, head].map((revision) => environmentOf(revision, stack));
  const notes = [
    noteOnSubmodules(base.emptySubmodules, head.emptySubmodules),
    noteOnEnvironments(...environments),
  ].filter((note) => note !== undefined);
  if (notes.length === 0) return report;
  const limited = { ...report, complete: false, notes: [...notes, ...report.notes] };
  const isCompared = report.outcome === "same" || report.outcome === "changes";
  const answer = [base, head].every(hasProgram) ? environmentAnswer(...environments) : undefined;
  if (!isCompared || answer === undefined) return limited;
  return { ...limited, outcome: "changes", answers: [answer, ...report.answers] };
}
