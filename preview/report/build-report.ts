import type { Graph, GraphResource } from "../../engine/program/graph";
import type { ChangeCounts } from "../../engine/state/step";
import { diffValues, toPropertyChange } from "../../engine/values/property-diff";
import type { RevisionError } from "../checkout/checked-out";
import type { Comparison } from "../compare/comparison";
import { providerChanges } from "../compare/provider-changes";
import { emptyGraph } from "../evaluate/evaluated";
import { findingsOf } from "../findings/registry";
import { notesOn } from "./notes";
import { viewParts } from "./property-view";
import type { Report, ReportIdentity } from "./report";
import { type ResourceView, resourceViews } from "./resource-view";

const NO_CHANGES = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };

export function comparisonReport(comparison: Comparison, identity: ReportIdentity): Report {
  const resources = resourceViews(comparison);
  const outputs = diffValues(comparison.base.outputs, comparison.head.outputs).flatMap((change) =>
    viewParts(toPropertyChange(change, false)),
  );
  const { regions, otherSettings } = providerChanges(comparison);
  const changesProvider = regions.length + otherSettings.length > 0;
  const isNewStack = comparison.base.resources.length === 0;
  return {
    format: 3,
    ...identity,
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
  identity: ReportIdentity,
): Report {
  return { ...uncompared(identity), outcome: error.outcome, error, baseError };
}

export function baseErrorReport(head: Graph, baseError: RevisionError, identity: ReportIdentity): Report {
  const comparison = { base: emptyGraph(head.project, head.stack), head };
  return {
    ...uncompared(identity),
    baseError,
    declared: ownedBy(head).length,
    messages: warningsOf(head),
    notes: [
      "The head revision was evaluated as if the stack were new: validation against the deployed state was not possible.",
      ...notesOn(comparison, []).notes,
    ],
  };
}

function uncompared(identity: ReportIdentity): Report {
  const empty = { findings: [], counts: NO_CHANGES, resources: [], outputs: [], messages: [], notes: [] };
  return { format: 3, ...identity, outcome: "uncompared", complete: false, ...empty };
}

function warningsOf({ messages }: Graph): Report["messages"] {
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
