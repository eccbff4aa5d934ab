import { objectsIn, parseJsonInput } from "../../aws/json-input";
import { isAwsType } from "../../aws/resource-types";
import type { Graph, GraphResource } from "../../engine/program/graph";
import { toPlain } from "../../engine/values/codec";
import { containsUnknown } from "../../engine/values/values";
import type { Comparison } from "../compare/comparison";
import { enumerate } from "../wording";
import { danger, distinct, type FindingContent, warning } from "./finding";
import { type Colors, colorOf, gaining, type Route, routesOf } from "./traffic-routes";

/** An invocation of a health gate, with the colors or target groups that it checks. */
interface GateCheckInvocation {
  readonly name: string;
  readonly checks: readonly string[];
}

/** Finds production rules that no longer depend on a health gate. */
export const healthGateCheck = { topic: "healthGate", find } as const;

function find(comparison: Comparison): FindingContent[] {
  const { base, head } = comparison;
  const { before, after, colors } = routesOf(comparison);
  const details: string[] = [];
  const problems = [...after].flatMap(([urn, next]): FindingContent[] => {
    const old = before.get(urn);
    const former = old && gateChecksBefore(old, base, colors.base);
    const current = gateChecksBefore(next, head, colors.head);
    if (old === undefined || former === undefined || former.length === 0 || current === undefined) return [];
    const rule = next.resource.name;
    const checked = current.flatMap(({ checks }) => checks);
    const unchecked = gaining(old.shares, next.shares).filter((color) => !checked.includes(color));
    if (unchecked.length === 0 && current.length > 0) return [];
    details.push(
      ...former.map(
        ({ name, checks }) => `before, ${rule} depended on ${name}, which checks ${enumerate(checks)}`,
      ),
    );
    return [
      unchecked.length > 0
        ? danger("gate-skipped", `No health gate checks ${enumerate(unchecked)} before it receives traffic.`)
        : warning(
            "gate-removed",
            `${rule} no longer depends on a health gate: the next traffic shift would not be checked.`,
          ),
    ];
  });
  return distinct(problems, details);
}

/**
 * The gate checks on which a route depends. Undefined if a dependency's payload is unknown, because it may be a gate
 * check.
 */
function gateChecksBefore(
  { resource }: Route,
  graph: Graph,
  colors: Colors,
): GateCheckInvocation[] | undefined {
  const invocations = dependenciesOf(resource, graph).filter(({ type }) => isAwsType(type, "Invocation"));
  if (invocations.some(({ inputs }) => containsUnknown(inputs.input ?? null))) return undefined;
  return invocations.flatMap((invocation) => {
    const arns = checkedTargetGroups(invocation);
    const checks = [...new Set(arns.map((arn) => colorOf(arn, colors)))];
    return arns.length > 0 ? [{ name: invocation.name, checks }] : [];
  });
}

/** True if a program has an invocation of a health gate. */
export function hasGate({ resources }: Graph): boolean {
  return resources.some((each) => isAwsType(each.type, "Invocation") && checkedTargetGroups(each).length > 0);
}

function checkedTargetGroups({ inputs }: GraphResource): string[] {
  if (containsUnknown(inputs.input ?? null)) return [];
  // The payload is secret because of its headers, but only its target groups are read here.
  const tiers = objectsIn(parseJsonInput(toPlain(inputs.input ?? null))?.tiers);
  return tiers.flatMap(({ targetGroupArn }) => (typeof targetGroupArn === "string" ? targetGroupArn : []));
}

function dependenciesOf(resource: GraphResource, { resources }: Graph): GraphResource[] {
  const byUrn = new Map(resources.map((each) => [each.urn, each]));
  const found = new Set<GraphResource>();
  const visit = ({ parent, dependencies }: GraphResource) => {
    for (const urn of [parent ?? "", ...dependencies]) {
      const next = byUrn.get(urn);
      if (next === undefined || found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(resource);
  return [...found];
}
