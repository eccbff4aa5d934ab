import { type InstanceRange, instanceRange, rollingUpdateInputs } from "../../aws/instances";
import type { Graph, GraphResource } from "../../engine/program/graph";
import type { Step } from "../../engine/state/step";
import type { Comparison } from "../compare/comparison";
import { byFormerUrn, plainInputs } from "../compare/resources";
import { mayBeReplacement, stepsByUrn } from "../compare/steps";
import { type FindingContent, info, nothing } from "./finding";

interface InstanceGroup extends InstanceRange {
  readonly resource?: GraphResource;
}

const NO_INSTANCES: InstanceGroup = { minimum: 0, maximum: 0 };

export const instancesCheck = { topic: "instances", find } as const;

function find(comparison: Comparison): FindingContent[] {
  const { base, head } = comparison;
  const [before, after] = [instanceGroups(base, base), instanceGroups(head, base)];
  const urns = [...new Set([...before.keys(), ...after.keys()])];
  if (urns.length === 0) return [];
  const steps = stepsByUrn(comparison);
  let replaced = 0;
  let doubtful = 0;
  const details = urns.flatMap((urn) => {
    const [old, next] = [before.get(urn) ?? NO_INSTANCES, after.get(urn) ?? NO_INSTANCES];
    const { name = "" } = next.resource ?? old.resource ?? {};
    const step = next.resource && steps.get(next.resource.urn);
    const isReplaced = step !== undefined && replacesInstances(step, next) && next.minimum > 0;
    if (isReplaced) replaced += next.minimum;
    const mayReplace = step !== undefined && mayBeReplacement(step) && next.minimum > 0;
    if (mayReplace) doubtful += next.minimum;
    if (mayReplace) return [`${name}: ${range(next)}, may be replaced`];
    if (old.minimum === next.minimum && old.maximum === next.maximum)
      return isReplaced ? [`${name}: ${range(next)}, replaced`] : [];
    return [`${name}: ${range(old)} → ${range(next)}${isReplaced ? ", replaced" : ""}`];
  });
  const total = (groups: ReadonlyMap<string, InstanceGroup>) =>
    [...groups.values()].reduce((sum, { minimum }) => sum + minimum, 0);
  const [from, to] = [total(before), total(after)];
  const totalWithout = (groups: ReadonlyMap<string, InstanceGroup>, others: ReadonlyMap<string, unknown>) =>
    total(new Map([...groups].filter(([urn]) => !others.has(urn))));
  replaced += Math.min(totalWithout(before, after), totalWithout(after, before));
  const parts = [
    ...(to > from ? [`${to - from} more`] : to < from ? [`${from - to} fewer`] : []),
    ...(replaced > 0 ? [`${replaced} replaced`] : []),
    ...(doubtful > 0 ? [`${doubtful} may be replaced`] : []),
  ];
  if (parts.length === 0 && details.length === 0)
    return [nothing("instances-unchanged", `No instances are added, removed or replaced (${to}).`)];
  const summary =
    parts.length > 0
      ? `Instances: ${parts.join(", ")}, minimum ${from} → ${to}.`
      : `The number of instances may change, minimum ${to} as before.`;
  return [info("instances-changed", summary, details)];
}

function replacesInstances({ op, changes }: Step, { resource }: InstanceGroup): boolean {
  if (op === "replace") return true;
  if (resource === undefined || op !== "update") return false;
  const changed = changes.map(({ path }) => path.split(/[.[]/)[0]);
  return rollingUpdateInputs(resource.type, resource.inputs).some((input) => changed.includes(input));
}

function instanceGroups(graph: Graph, base: Graph): Map<string, InstanceGroup> {
  const found = new Map<string, InstanceGroup>();
  for (const [urn, resource] of byFormerUrn(graph, base)) {
    if (resource.read) continue;
    const instances = instanceRange(resource.type, plainInputs(resource));
    if (instances !== undefined) found.set(urn, { resource, ...instances });
  }
  return found;
}

function range({ minimum, maximum }: InstanceRange): string {
  return minimum === maximum ? String(minimum) : `${minimum} to ${maximum}`;
}
