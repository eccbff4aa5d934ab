import type { Graph, GraphResource } from "../../../engine/program/graph";
import { NO_OPTIONS } from "../../../engine/program/registration";
import type { Properties } from "../../../engine/values/values";
import { type Comparison, compareGraphs } from "../../../preview/compare/comparison";
import { type FindingContent, worstFinding } from "../../../preview/findings/finding";
import { type Finding, findingsOf, type Topic } from "../../../preview/findings/registry";
import { changeReport, comparisonReport } from "../../../preview/report/build-report";
import type { PreviewReport, StackReport } from "../../../preview/report/report";

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
): TopicFindings | undefined {
  return topicFindings(findingsOf(compareGraphs(base, head, scripts)), topic);
}

/** All findings of one topic, with the worst severity. */
export interface TopicFindings extends Pick<FindingContent, "severity" | "summary" | "details"> {
  readonly codes: readonly string[];
}

export function topicFindings(
  findings: readonly Finding[],
  topic: Finding["topic"],
): TopicFindings | undefined {
  const found = findings.filter((each) => each.topic === topic);
  const worst = worstFinding(found);
  if (worst === undefined) return undefined;
  return {
    severity: worst.severity,
    summary: found.map(({ summary }) => summary).join(" "),
    details: found.flatMap(({ details }) => details),
    codes: found.map(({ code }) => code),
  };
}

export function severityOf(...of: Parameters<typeof findingOn>): Finding["severity"] | undefined {
  return findingOn(...of)?.severity;
}

/** Severity and summary, for golden sentences. */
export function severityAndSummary(...of: Parameters<typeof findingOn>): string[] {
  const { severity, summary } = findingOn(...of) ?? {};
  return [severity ?? "no finding", summary ?? ""];
}

export function reportOn(comparison: Comparison): StackReport {
  return comparisonReport(comparison, "dev");
}

/** A report on one stack alone. */
export function wholeReport(stack: StackReport): PreviewReport {
  return changeReport({ project: "p", base: { ref: "a" }, head: { ref: "b" } }, [], [stack]);
}
