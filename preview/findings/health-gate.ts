import type { Graph, GraphResource } from "../../engine/program/graph";
import { toPlain } from "../../engine/values/codec";
import { containsUnknown } from "../../engine/values/values";
import { jsonObject } from "../common/json";
import { type Comparison, isAws, listed, records } from "../compare/comparison";
import type { Answer } from "./answer";
import { answerOf, attention, danger } from "./finding";
import { gaining, type Labels, labelOf, type Route, routesOf } from "./traffic-routes";

/** A check that looks at servers, and the colors or target groups that it looks at. */
interface Gate {
  readonly name: string;
  readonly looksAt: readonly string[];
}

/**
 * Does a gate look at a color before it gets users, as it did: one that the rule waits for. Undefined while one does, or
 * where there never was one.
 */
export function gateAnswer(comparison: Comparison): Answer | undefined {
  const { base, head } = comparison;
  const { before, after, labels } = routesOf(comparison);
  const lacks = [...after].flatMap(([urn, next]) => {
    const old = before.get(urn);
    const had = old && gatesBefore(old, base, labels.base);
    const has = gatesBefore(next, head, labels.head);
    if (old === undefined || had === undefined || had.length === 0 || has === undefined) return [];
    const rule = next.resource.name;
    const details = had.map(
      ({ name, looksAt }) => `before this, ${rule} waited for ${name}, which looks at ${listed(looksAt)}`,
    );
    const looksAt = has.flatMap((gate) => gate.looksAt);
    const unchecked = gaining(old.shares, next.shares).filter((label) => !looksAt.includes(label));
    if (unchecked.length > 0) {
      const text = `No gate looks at ${listed(unchecked)} before users get there: nobody knows whether it can serve.`;
      return [{ finding: danger(text), details }];
    }
    const text = `No gate stands before ${rule} any more: the next flip would not be checked.`;
    return has.length > 0 ? [] : [{ finding: attention(text), details }];
  });
  const findings = lacks.map(({ finding }) => finding);
  const details = lacks.flatMap((each) => each.details);
  return answerOf("gate", findings, details);
}

/** The gates that a rule waits for. Undefined where one could be among what nobody can read. */
function gatesBefore({ resource }: Route, graph: Graph, labels: Labels): Gate[] | undefined {
  const invocations = awaited(resource, graph).filter((each) => isAws(each, "Invocation"));
  if (invocations.some(({ inputs }) => containsUnknown(inputs.input ?? null))) return undefined;
  return invocations.flatMap(({ name, inputs }) => {
    // Its headers are secret, and so is all of it; only target groups are read.
    const tiers = records(jsonObject(toPlain(inputs.input ?? null))?.tiers);
    const arns = tiers.flatMap(({ targetGroupArn }) =>
      typeof targetGroupArn === "string" ? targetGroupArn : [],
    );
    return arns.length > 0 ? [{ name, looksAt: [...new Set(arns.map((arn) => labelOf(arn, labels)))] }] : [];
  });
}

/** Everything that must be done before a resource. */
function awaited(resource: GraphResource, { resources }: Graph): GraphResource[] {
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
