import type { Graph, GraphResource } from "../../engine/program/graph";
import { Identities } from "../../engine/program/graph-diff";
import { printable } from "../../engine/values/property-diff";
import { containsSecret, containsUnknown, type Value } from "../../engine/values/values";

/**
 * The resources of a graph, keyed by their URN in the base. Resources with a new URN are matched by their aliases.
 */
export function byFormerUrn({ resources }: Graph, base: Graph): Map<string, GraphResource> {
  const identities = new Identities(base);
  return new Map(resources.map((resource) => [identities.find(resource)?.urn ?? resource.urn, resource]));
}

const known = new WeakMap<GraphResource, Readonly<Record<string, unknown>>>();

/** Inputs of a resource as plain JSON. Secrets are masked, and unknown values are `[unknown]`. */
export function plainInputs(resource: GraphResource): Readonly<Record<string, unknown>> {
  // Many findings read the same resources.
  const inputs = known.get(resource) ?? (printable(resource.inputs) as Record<string, unknown>);
  known.set(resource, inputs);
  return inputs;
}

/** True for an input on which a finding cannot rely, because it is secret or unknown until apply. */
export function isUnreadable(value: Value = null): boolean {
  return containsSecret(value) || containsUnknown(value);
}
