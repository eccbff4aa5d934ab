import type { Graph, GraphResource } from "../../engine/program/graph";
import { Identities } from "../../engine/program/graph-diff";
import { printable } from "../../engine/values/property-diff";
import { containsSecret, containsUnknown, type Value } from "../../engine/values/values";

/** The resources of a graph by the URN that they have in the base, so that an alias finds the same resource. */
export function byFormerUrn({ resources }: Graph, base: Graph): Map<string, GraphResource> {
  const identities = new Identities(base);
  return new Map(resources.map((resource) => [identities.find(resource)?.urn ?? resource.urn, resource]));
}

/** Inputs as plain JSON: secrets are masked, unknown values are `[unknown]`. */
export function plainInputs(resource: GraphResource): Record<string, unknown> {
  return printable(resource.inputs) as Record<string, unknown>;
}

/** Tests for an input whose value a finding cannot rely on, because it is secret or unknown until apply. */
export function isUnreadable(value: Value = null): boolean {
  return containsSecret(value) || containsUnknown(value);
}
