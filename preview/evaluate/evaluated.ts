import type { Graph } from "../../engine/program/graph";

/** Settings of the AWS provider in the stack's config, such as `aws:region`. */
export type ProviderConfig = Readonly<Record<string, string>>;

/** The result of running a revision's program without AWS. */
export interface EvaluatedRevision {
  readonly graph: Graph;
  readonly providerConfig: ProviderConfig;
}

/** A stack before its first update. */
export function emptyGraph(project: string, stack: string): Graph {
  return { project, stack, resources: [], outputs: {}, placeholders: [], messages: [] };
}
