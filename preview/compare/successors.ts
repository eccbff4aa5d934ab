import type { Graph, GraphResource } from "../../engine/program/graph";
import type { Step } from "../../engine/state/step";
import type { PropertyChange } from "../../engine/values/property-diff";

/**
 * Deleted resources by the URN of the created resource that takes their place: another resource refers to the one before
 * the update and to the other after it. A launch template that is named after its version has a successor, for example.
 */
export function successors(
  base: Pick<Graph, "resources">,
  head: Pick<Graph, "resources">,
  steps: readonly Step[],
): ReadonlyMap<string, GraphResource> {
  const deleted = byReference(base, steps, "delete");
  const created = byReference(head, steps, "create");
  const found = new Map<string, GraphResource>();
  for (const { old, next } of steps.flatMap(({ changes }) => changes.flatMap(references))) {
    const [former, successor] = [deleted.get(old), created.get(next)];
    if (former !== undefined && successor !== undefined && former.type === successor.type) {
      found.set(successor.urn, former);
    }
  }
  return found;
}

/** The resources with this operation by their placeholder, without the output: `LaunchTemplate:web-blue-1.0.0`. */
function byReference(
  { resources }: Pick<Graph, "resources">,
  steps: readonly Step[],
  op: Step["op"],
): Map<string, GraphResource> {
  const urns = new Set(steps.filter((step) => step.op === op).map(({ urn }) => urn));
  return new Map(
    resources
      .filter(({ urn, custom }) => custom && urns.has(urn))
      .map((resource) => [`${resource.type.split(":").pop()}:${resource.name}`, resource]),
  );
}

function references({ old, new: next }: PropertyChange): { readonly old: string; readonly next: string }[] {
  const [before, after] = [referenceIn(old), referenceIn(next)];
  return before !== undefined && after !== undefined && before !== after
    ? [{ old: before, next: after }]
    : [];
}

function referenceIn(value: unknown): string | undefined {
  return typeof value === "string"
    ? /^<(?:new )?([A-Za-z0-9]+:[^<>]+)\.[A-Za-z0-9]+>$/.exec(value)?.[1]
    : undefined;
}
