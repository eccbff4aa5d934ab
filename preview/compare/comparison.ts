import { forcesReplacement } from "../../aws/replacements";
import type { Graph } from "../../engine/program/graph";
import { diffGraphs, Identities } from "../../engine/program/graph-diff";
import type { Step } from "../../engine/state/step";
import { applyIgnoreChanges } from "../../engine/values/property-path";
import type { MigrationScript } from "../../migrations/script/script";
import type { ProviderConfig } from "../evaluate/evaluated";

export interface Comparison {
  readonly base: Graph;
  /** The head's resources as they would be deployed, with `ignoreChanges` applied. */
  readonly head: Graph;
  /** The head's resources as the program declares them. */
  readonly declared: Graph;
  readonly steps: readonly Step[];
  readonly scripts: { readonly base: readonly MigrationScript[]; readonly head: readonly MigrationScript[] };
  readonly providerConfig: { readonly base: ProviderConfig; readonly head: ProviderConfig };
}

export function compareGraphs(
  base: Graph,
  head: Graph,
  scripts: Comparison["scripts"] = { base: [], head: [] },
  providerConfig: Comparison["providerConfig"] = { base: {}, head: {} },
): Comparison {
  const steps = diffGraphs(base, head, { replaceOn: forcesReplacement });
  return { base, head: withIgnoredChanges(base, head), declared: head, steps, scripts, providerConfig };
}

function withIgnoredChanges(base: Graph, head: Graph): Graph {
  const identities = new Identities(base);
  const resources = head.resources.map((resource) => {
    const old = identities.find(resource);
    if (old === undefined || old.read) return resource;
    const { ignoreChanges } = resource.options;
    return { ...resource, inputs: applyIgnoreChanges(resource.inputs, old.inputs, ignoreChanges) };
  });
  return { ...head, resources };
}
