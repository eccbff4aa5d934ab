import type { Graph, GraphResource } from "../../../engine/program/graph";
import { NO_OPTIONS } from "../../../engine/program/registration";
import type { Properties } from "../../../engine/values/values";
import { type Comparison, compareGraphs } from "../../../preview/compare/comparison";
import { type Finding, findingsOf, type Topic } from "../../../preview/findings/registry";
import { comparisonReport } from "../../../preview/report/build-report";
import type { Report } from "../../../preview/report/report";

export const graph = (...resources: GraphResource[]): Graph => ({
  ...{ project: "p", stack: "dev", resources, outputs: {}, placeholders: [], messages: [] },
});

export const resource = (
  type: string,
  name: string,
  inputs: Properties = {},
  options = {},
): GraphResource => ({
  ...{ urn: `urn:pulumi:dev::p::${type}::${name}`, type, name, custom: true, remote: false, inputs },
  ...{ dependencies: [], propertyDependencies: {}, read: false, options: { ...NO_OPTIONS, ...options } },
});

/** The same resource under another name, with or without an alias for the former one. */
export const renamed = (resource: GraphResource, name: string, aliases = [{ name: resource.name }]) => ({
  ...resource,
  ...{ name, urn: resource.urn.replace(/[^:]+$/, name) },
  options: { ...resource.options, aliases },
});

export function findingOn(
  topic: Topic,
  base: Graph,
  head: Graph,
  scripts?: Comparison["scripts"],
): Finding | undefined {
  return findingsOf(compareGraphs(base, head, scripts)).find((each) => each.topic === topic);
}

export function severityOf(...of: Parameters<typeof findingOn>): Finding["severity"] | undefined {
  return findingOn(...of)?.severity;
}

/** Severity and summary, for golden sentences. */
export function severityAndSummary(...of: Parameters<typeof findingOn>): string[] {
  const { severity, summary } = findingOn(...of) ?? {};
  return [severity ?? "no finding", summary ?? ""];
}

export function reportOn(comparison: Comparison): Report {
  const identity = { project: "p", stack: "dev", base: { ref: "a" }, head: { ref: "b" } };
  return comparisonReport(comparison, identity);
}
