import type { Graph, GraphResource } from "../../engine/program/graph";
import type { ChangeCounts } from "../../engine/state/step";
import { diffValues, toPropertyChange } from "../../engine/values/property-diff";
import type { RevisionError } from "../checkout/checked-out";
import type { Comparison } from "../compare/comparison";
import { providerChanges } from "../compare/provider-changes";
import { emptyGraph } from "../evaluate/evaluated";
import type { FindingContent } from "../findings/finding";
import { type ChangeTopic, type Finding, findingsOf } from "../findings/registry";
import { notesOn } from "./notes";
import { viewParts } from "./property-view";
import type { PreviewOutcome, PreviewReport, StackReport } from "./report";
import { type ResourceView, resourceViews } from "./resource-view";

const EMPTY = {
  ...{ findings: [], resources: [], outputs: [], messages: [], notes: [] },
  counts: { create: 0, update: 0, replace: 0, delete: 0, same: 0 },
};

/** From the worst to the best. */
const OUTCOMES: readonly PreviewOutcome[] = ["failed", "rejected", "uncompared", "changes", "same"];

/** Combines the reports of the stacks with the findings on the files of the change. */
export function changeReport(
  identity: Pick<PreviewReport, "project" | "base" | "head" | "runbook">,
  findings: readonly Finding[],
  stacks: readonly StackReport[],
): PreviewReport {
  const ofFiles: PreviewOutcome = findings.some(isRejection)
    ? "rejected"
    : findings.some(isReviewed)
      ? "changes"
      : "same";
  const outcomes = [...stacks.map((stack) => stack.outcome), ofFiles];
  return {
    format: 4,
    ...identity,
    outcome: OUTCOMES.find((each) => outcomes.includes(each)) ?? "same",
    complete: stacks.every(({ complete }) => complete),
    findings,
    stacks,
  };
}

/** The report on a stack without an evaluation, because nothing of it changes. */
export function unchangedReport(stack: string): StackReport {
  return { stack, outcome: "same", complete: true, ...EMPTY };
}

/** Adds findings at the start of a report. Findings that need a review are changes. */
export function withFindings(
  report: StackReport,
  topic: ChangeTopic,
  contents: readonly FindingContent[],
): StackReport {
  if (contents.length === 0) return report;
  const added = contents.map((content): Finding => ({ topic, ...content }));
  const needsReview = contents.some(isReviewed);
  const outcome = report.outcome === "same" && needsReview ? "changes" : report.outcome;
  return { ...report, outcome, findings: [...added, ...report.findings] };
}

export function comparisonReport(comparison: Comparison, stack: string): StackReport {
  const resources = resourceViews(comparison);
  const outputs = diffValues(comparison.base.outputs, comparison.head.outputs).flatMap((change) =>
    viewParts(toPropertyChange(change, false)),
  );
  const { regions, otherSettings } = providerChanges(comparison);
  const changesProvider = regions.length + otherSettings.length > 0;
  const isNewStack = comparison.base.resources.length === 0;
  return {
    stack,
    outcome: resources.length > 0 || outputs.length > 0 || changesProvider ? "changes" : "same",
    findings: findingsOf(comparison),
    counts: countChanges(resources, comparison),
    resources,
    outputs: isNewStack ? [] : outputs,
    messages: warningsOf(comparison.head),
    ...notesOn(comparison, resources),
  };
}

export function headErrorReport(
  error: RevisionError,
  baseError: RevisionError | undefined,
  stack: string,
): StackReport {
  return { ...uncompared(stack), outcome: error.outcome, error, baseError };
}

export function baseErrorReport(head: Graph, baseError: RevisionError, stack: string): StackReport {
  const comparison = { base: emptyGraph(head.project, head.stack), head };
  return {
    ...uncompared(stack),
    baseError,
    declared: ownedBy(head).length,
    messages: warningsOf(head),
    notes: [
      "The head revision was evaluated as if the stack were new: validation against the deployed state was not possible.",
      ...notesOn(comparison, []).notes,
    ],
  };
}

function uncompared(stack: string): StackReport {
  return { stack, outcome: "uncompared", complete: false, ...EMPTY };
}

function warningsOf({ messages }: Graph): StackReport["messages"] {
  return messages.flatMap(({ severity, message }) => (severity === "info" ? [] : [{ severity, message }]));
}

function countChanges(resources: readonly ResourceView[], { head }: Comparison): ChangeCounts {
  const count = (op: ResourceView["op"]) => resources.filter((resource) => resource.op === op).length;
  const changed = {
    create: count("create") + count("import"),
    update: count("update"),
    replace: count("replace"),
  };
  const same = ownedBy(head).length - changed.create - changed.update - changed.replace;
  return { ...changed, delete: count("delete"), same };
}

function ownedBy({ resources }: Graph): GraphResource[] {
  return resources.filter(({ custom, remote, read }) => (custom || remote) && !read);
}

/** True for a finding on a file with which no release should be made, whatever the stacks do now. */
export function isRejection({ topic, severity }: Pick<Finding, "topic" | "severity">): boolean {
  return (topic === "scripts" || topic === "sources") && severity === "danger";
}

function isReviewed({ severity }: Pick<FindingContent, "severity">): boolean {
  return severity === "danger" || severity === "warning";
}
