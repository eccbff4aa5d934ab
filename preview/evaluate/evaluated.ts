import type { Graph } from "../../engine/program/graph";

/** Settings of the AWS provider in the stack's config, such as `aws:region`. */
export type ProviderConfig = Readonly<Record<string, string>>;

export interface EvaluatedRevision {
  readonly graph: Graph;
  readonly providerConfig: ProviderConfig;
}

export function emptyGraph(project: string, stack: string): Graph {
  return { project, stack, resources: [], outputs: {}, placeholders: [], messages: [] };
}
