import type { Graph } from "../../engine/graph";
import { type Comparison, isAws, isDoubtful, plainInputs, stepsByUrn } from "../comparison";
import type { Answer } from "./answer";

interface Size {
  readonly name: string;
  readonly least: number;
  readonly most: number;
}

/** How many instances come and go. Undefined for a program that has none. */
export function instancesAnswer(comparison: Comparison): Answer | undefined {
  const [before, after] = [sizes(comparison.base), sizes(comparison.head)];
  const urns = [...new Set([...before.keys(), ...after.keys()])];
  if (urns.length === 0) return undefined;
  const steps = stepsByUrn(comparison);
  const none = { name: "", least: 0, most: 0 };
  let exchanged = 0;
  let doubtful = 0;
  const details = urns.flatMap((urn) => {
    const [old, next] = [before.get(urn) ?? none, after.get(urn) ?? none];
    const name = next.name || old.name;
    const isExchanged = steps.get(urn)?.op === "replace" && next.least > 0;
    if (isExchanged) exchanged += next.least;
    const step = steps.get(urn);
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

function sizes(graph: Graph): Map<string, Size> {
  const found = new Map<string, Size>();
  for (const resource of graph.resources) {
    if (resource.read) continue;
    const { urn, name, type } = resource;
    const inputs = plainInputs(resource);
    const count = (key: string) => (Number.isFinite(Number(inputs[key])) ? Number(inputs[key]) : 0);
    if (type === "aws:autoscaling/group:Group") {
      const least = Math.max(count("minSize"), count("desiredCapacity"));
      found.set(urn, { name, least, most: count("maxSize") });
    } else if (type === "aws:ec2/instance:Instance") {
      found.set(urn, { name, least: 1, most: 1 });
    } else if (isAws(resource, "Service") && type.startsWith("aws:ecs/")) {
      found.set(urn, { name, least: count("desiredCount"), most: count("desiredCount") });
    }
  }
  return found;
}

function range({ least, most }: Size): string {
  return least === most ? String(least) : `${least} to ${most}`;
}
