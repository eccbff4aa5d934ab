import type { CheckedOut } from "../checkout/checked-out";
import { environmentOf, type StackEnvironment } from "../evaluate/environments";
import { hasProgram } from "../evaluate/evaluate-revision";
import { environmentFinding } from "../findings/environments";
import { enumerate, enumerateUpTo } from "../wording";
import type { StackReport } from "./report";

const MAX_NAMES = 20;

interface ComparedRevisions {
  readonly base: CheckedOut;
  readonly head: CheckedOut;
  readonly stack: string;
}

/** Adds notes about files that were not compared: empty submodules, and Pulumi ESC environments. */
export function withRevisionNotes(
  report: StackReport,
  { base, head, stack }: ComparedRevisions,
): StackReport {
  const environments = [base, head].map((revision) => environmentOf(revision, stack));
  const notes = [
    submodulesNote(base.emptySubmodules, head.emptySubmodules),
    environmentsNote(...environments),
  ].filter((note) => note !== undefined);
  if (notes.length === 0) return report;
  const limited = { ...report, complete: false, notes: [...notes, ...report.notes] };
  const isCompared = report.outcome === "same" || report.outcome === "changes";
  const finding = [base, head].every(hasProgram) ? environmentFinding(...environments) : undefined;
  if (!isCompared || finding === undefined) return limited;
  return {
    ...limited,
    outcome: "changes",
    findings: [{ topic: "provider", ...finding }, ...report.findings],
  };
}

function submodulesNote(base: readonly string[], head: readonly string[]): string | undefined {
  const paths = [...new Set([...base, ...head])].sort();
  if (paths.length === 0) return undefined;
  const revisionsOf = (path: string) =>
    enumerate([...(base.includes(path) ? ["base"] : []), ...(head.includes(path) ? ["head"] : [])]);
  const names = paths.map((path) => `${path} (${revisionsOf(path)})`);
  return (
    `Empty submodules, because the working tree lacks them or their commit: ${enumerateUpTo(MAX_NAMES, names)}. The effect ` +
    'of their files is not compared. "git submodule update --init --recursive" fills a submodule, and "git fetch" in it ' +
    "gets its other commits."
  );
}

function environmentsNote(base?: StackEnvironment, head?: StackEnvironment): string | undefined {
  const named = [
    ...(base === undefined ? [] : [`${base.name} (base)`]),
    ...(head === undefined ? [] : [`${head.name} (head)`]),
  ];
  if (named.length === 0) return undefined;
  const names = base?.content === head?.content ? head?.name : enumerate(named);
  return `The stack's Pulumi ESC environments are not read, and their values are missing: ${names}.`;
}
