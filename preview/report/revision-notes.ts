import type { CheckedOut } from "../checkout/revisions";
import { listed, listedUpTo } from "../compare/comparison";
import { environmentAnswer, environmentOf, noteOnEnvironments } from "../evaluate/environments";
import { hasProgram } from "../evaluate/evaluate-revision";
import type { Report } from "./report";

/** Submodules that a note names. */
const NAMED = 20;

interface Compared {
  readonly base: CheckedOut;
  readonly head: CheckedOut;
  readonly stack: string;
}

/** The report with what the revisions' files tell that it cannot see. */
export function withLimits(report: Report, { base, head, stack }: Compared): Report {
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

/** Undefined where all that a program may read of submodules is there. */
function noteOnSubmodules(base: readonly string[], head: readonly string[]): string | undefined {
  const paths = [...new Set([...base, ...head])].sort();
  if (paths.length === 0) return undefined;
  const where = (path: string) =>
    listed([...(base.includes(path) ? ["base"] : []), ...(head.includes(path) ? ["head"] : [])]);
  const names = paths.map((path) => `${path} (${where(path)})`);
  return (
    `Empty, because the working tree lacks them or their commit: the submodules ${listedUpTo(NAMED, names)}. What the ` +
    'program makes of their files is not seen. "git submodule update --init --recursive" fills a submodule, and ' +
    '"git fetch" in it gets its other commits.'
  );
}
