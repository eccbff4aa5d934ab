import type { Graph } from "../engine/program/graph";
import { configFinding } from "./change/stack-config";
import type { StackFiles } from "./change/stack-files";
import type { CheckedOut } from "./checkout/checked-out";
import { compareGraphs } from "./compare/comparison";
import { deployedDifference } from "./evaluate/deployed-stack";
import { hasProgram } from "./evaluate/evaluate-revision";
import {
  type EvaluateStackOptions,
  evaluateOne,
  evaluateStack,
  type StackEvaluation,
} from "./evaluate/evaluate-stack";
import { emptyGraph } from "./evaluate/evaluated";
import { migrationScripts } from "./evaluate/migration-scripts";
import { type FindingContent, info, warning } from "./findings/finding";
import {
  baseErrorReport,
  comparisonReport,
  headErrorReport,
  unchangedReport,
  withFindings,
} from "./report/build-report";
import type { StackReport } from "./report/report";
import { withRevisionNotes } from "./report/revision-notes";

export interface PreviewStackOptions extends Omit<EvaluateStackOptions, "deployed"> {
  readonly known: StackFiles;
  readonly deployed?: (stack: string) => Promise<StackEvaluation> | undefined;
}

export interface PreviewedStack {
  readonly report: StackReport;
  readonly base?: Graph;
  readonly head?: Graph;
}

/** Evaluates both revisions of one stack and reports the changes. */
export async function previewStack(
  base: CheckedOut,
  head: CheckedOut,
  { known, deployed, ...options }: PreviewStackOptions,
): Promise<PreviewedStack> {
  const { stack, project } = options;
  // A stack without a file in a revision that has files of other stacks is new there, or no longer updated.
  const lacksFile = (files: readonly string[]) => files.length > 0 && !files.includes(stack);
  if (lacksFile(known.head) && known.base.includes(stack) && hasProgram(head)) {
    return { report: withFindings(unchangedReport(stack), "config", [deletedStack(stack)]) };
  }
  const given = deployed?.(stack);
  const isNew = given === undefined && lacksFile(known.base) && known.head.includes(stack);
  const [before, after] = await evaluateStack(base, head, {
    ...options,
    deployed: isNew
      ? Promise.resolve({ graph: emptyGraph(project, stack), providerConfig: {} })
      : (given ?? evaluateOne("base", base, options)),
  });
  const settings = before.error === undefined ? before.deployedSettings : undefined;
  const config = isNew ? addedStack(stack) : configFinding(base, head, stack, settings);
  const difference = settings && deployedDifference(base, head, stack, settings);
  const findings = [difference, config].filter((finding) => finding !== undefined);
  const report = withFindings(reportOn(before, after, stack), "config", findings);
  return {
    report: withRevisionNotes(report, { base, head, stack }),
    base: before.graph,
    head: after.graph,
  };
}

/** The report on a stack that the change cannot affect. */
export function unaffectedReport(stack: string): StackReport {
  return {
    ...unchangedReport(stack),
    notes: ["This stack was not evaluated: the change has only files of other stacks."],
  };
}

function reportOn(base: StackEvaluation, head: StackEvaluation, stack: string): StackReport {
  if (head.error !== undefined) return headErrorReport(head.error, base.error, stack);
  if (base.error !== undefined) return baseErrorReport(head.graph, base.error, stack);
  const scripts = { base: migrationScripts(base.graph), head: migrationScripts(head.graph) };
  const providerConfig = { base: base.providerConfig, head: head.providerConfig };
  return comparisonReport(compareGraphs(base.graph, head.graph, scripts, providerConfig), stack);
}

function addedStack(stack: string): FindingContent {
  return info(
    "stack-added",
    `Pulumi.${stack}.yaml is new, so this preview takes the stack as not deployed yet. If it is deployed, compare with --base stack.`,
  );
}

function deletedStack(stack: string): FindingContent {
  const summary = `Pulumi.${stack}.yaml is deleted: the resources of ${stack} stay in the cloud, and no update reaches them any more. Restore the file, or destroy the stack before the merge if it is not needed.`;
  return { ...warning("stack-deleted", summary), procedure: "Destroy a protected stack" };
}
