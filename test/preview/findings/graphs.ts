import type { Graph, GraphResource } from "../../../engine/program/graph";
import { NO_OPTIONS } from "../../../engine/program/registration";
import type { Properties } from "../../../engine/values/values";
import { type Comparison, compareGraphs } from "../../../preview/compare/comparison";
import { type Answer, answers } from "../../../preview/findings/registry";

/** What a program would declare. */
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

/** What is answered to one question. */
export function answer(
  topic: Answer["topic"],
  base: Graph,
  head: Graph,
  scripts?: Comparison["scripts"],
): Answer | undefined {
  return answers(compareGraphs(base, head, scripts)).find((each) => each.topic === topic);
}
