import type { Graph, GraphResource } from "../../engine/program/graph";
import type { Step } from "../../engine/state/step";
import {
  byFormerUrn,
  type Comparison,
  isAws,
  isDoubtful,
  plainInputs,
  stepsByUrn,
} from "../compare/comparison";
import type { Answer } from "./answer";

interface Size {
  readonly resource?: GraphResource;
  readonly least: number;
  readonly most: number;
}

const NONE: Size = { least: 0, most: 0 };

/** How many instances come and go. Undefined for a program that has none. */
export function instancesAnswer(comparison: Comparison): Answer | undefined {
  const { base, head } = comparison;
  const [before, after] = [sizes(base, base), sizes(head, base)];
  const urns = [...new Set([...before.keys(), ...after.keys()])];
  if (urns.length === 0) return undefined;
  const steps = stepsByUrn(comparison);
  let exchanged = 0;
  let doubtful = 0;
  const details = urns.flatMap((urn) => {
    const [old, next] = [before.get(urn) ?? NONE, after.get(urn) ?? NONE];
    const { name = "" } = next.resource ?? old.resource ?? {};
    const step = next.resource && steps.get(next.resource.urn);
    const isExchanged = step !== undefined && exchanges(step, next) && next.least > 0;
    if (isExchanged) exchanged += next.least;
    const mayExchange = step !== undefined && isDoubtful(step) && next.least > 0;
    if (mayExchange) doubtful += next.least;
    if (mayExchange) return [`${name}: ${range(next)}, may be exchanged`];
    if (old.least === next.least && old.most === next.most)
      return isExchanged ? [`${name}: ${range(next)}, exchanged`] : [];
    return [`${name}: ${range(old)} → ${range(next)}${isExchanged ? ", exchanged" : ""}`];
  });
  const total = (all: ReadonlyMap<string, Size>) =>
    [...all.values()].reduce((sum, { least }) => sum + least, 0);
  const [from, to] = [total(before), total(after)];
  const only = (some: ReadonlyMap<string, Size>, others: ReadonlyMap<string, Size>) =>
    total(new Map([...some].filter(([urn]) => !others.has(urn))));
  exchanged += Math.min(only(before, after), only(after, before));
  const parts = [
    ...(to > from ? [`${to - from} more`] : to < from ? [`${from - to} fewer`] : []),
    ...(exchanged > 0 ? [`${exchanged} exchanged`] : []),
    ...(doubtful > 0 ? [`${doubtful} may be exchanged`] : []),
  ];
  if (parts.length === 0 && details.length === 0)
    return { topic: "instances", level: "good", text: `No instances come or go (${to}).`, details };
  const text =
    parts.length > 0
      ? `Instances: ${parts.join(", ")}, from ${from} to ${to} at least.`
      : `The number of instances may change: at least ${to}, as before.`;
  return { topic: "instances", level: "info", text, details };
}

/** Whether other instances take the place of these: of all at once, or a few at a time. */
function exchanges({ op, changes }: Step, { resource }: Size): boolean {
  if (op === "replace") return true;
  const isChanged = (input: string) => changes.some(({ path }) => path.split(/[.[]/)[0] === input);
  if (resource === undefined || op !== "update") return false;
  if (isAws(resource, "Service")) return isChanged("taskDefinition");
  const isRefreshed = resource.inputs.instanceRefresh !== undefined;
  return isRefreshed && ["launchConfiguration", "launchTemplate", "mixedInstancesPolicy"].some(isChanged);
}

function sizes(graph: Graph, base: Graph): Map<string, Size> {
  const found = new Map<string, Size>();
  for (const [urn, resource] of byFormerUrn(graph, base)) {
    if (resource.read) continue;
    const { type } = resource;
    const inputs = plainInputs(resource);
    const count = (key: string) => (Number.isFinite(Number(inputs[key])) ? Number(inputs[key]) : 0);
    if (type === "aws:autoscaling/group:Group") {
      const least = Math.max(count("minSize"), count("desiredCapacity"));
      found.set(urn, { resource, least, most: count("maxSize") });
    } else if (type === "aws:ec2/instance:Instance") {
      found.set(urn, { resource, least: 1, most: 1 });
    } else if (isAws(resource, "Service") && type.startsWith("aws:ecs/")) {
      found.set(urn, { resource, least: count("desiredCount"), most: count("desiredCount") });
    }
  }
  return found;
}

function range({ least, most }: Size): string {
  return least === most ? String(least) : `${least} to ${most}`;
}
