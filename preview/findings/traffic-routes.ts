import { isObject, objectsIn } from "../../aws/json-input";
import { isAwsType } from "../../aws/resource-types";
import type { Graph, GraphResource } from "../../engine/program/graph";
import { Identities } from "../../engine/program/graph-diff";
import type { Comparison } from "../compare/comparison";
import { plainInputs } from "../compare/resources";
import { referenceKey } from "../evaluate/placeholder";

/** Shares of the traffic in percent, keyed by color, or by target group if it has no color. */
export type Shares = ReadonlyMap<string, number>;
/** The color of each target group with a color tag, keyed by the group's name in the base. */
export type Colors = ReadonlyMap<string, string>;

/** A listener, or a listener rule without a header condition, that forwards traffic. */
export interface Route {
  readonly resource: GraphResource;
  readonly shares: Shares;
  /** The target groups that receive traffic, by their name in the base or by ARN. */
  readonly targets: readonly string[];
}

export interface Routes {
  readonly before: ReadonlyMap<string, Route>;
  /**
   * Routes by their URN in the base. A new route that takes over from a deleted one has the URN of the deleted one.
   */
  readonly after: ReadonlyMap<string, Route>;
  readonly colors: { readonly base: Colors; readonly head: Colors };
}

export function routesOf({ base, head }: Pick<Comparison, "base" | "head">): Routes {
  const colors = { base: colorsOf(base, base), head: colorsOf(head, base) };
  const before = routesIn(base, base, colors.base);
  return { before, after: withSuccessors(before, routesIn(head, base, colors.head)), colors };
}

export function gaining(before: Shares, after: Shares): string[] {
  return [...after.keys()].filter((color) => (after.get(color) ?? 0) > (before.get(color) ?? 0));
}

/** The color of the target group with this ARN, or the group's name if it has no color. */
export function colorOf(arn: string, colors: Colors): string {
  const name = referenceKey(arn);
  return colors.get(name) ?? name;
}

function routesIn(graph: Graph, base: Graph, colors: Colors): Map<string, Route> {
  const identities = new Identities(base);
  const found = new Map<string, Route>();
  for (const resource of graph.resources) {
    const { urn } = identities.find(resource) ?? resource;
    if (!isAwsType(resource.type, "ListenerRule", "Listener")) continue;
    const inputs = plainInputs(resource);
    const isTestRule = objectsIn(inputs.conditions).some(({ httpHeader }) => isObject(httpHeader));
    if (isTestRule) continue;
    const weights = weightsOf([...objectsIn(inputs.actions), ...objectsIn(inputs.defaultActions)]);
    const targets = [...weights.keys()];
    if (targets.length > 0) found.set(urn, { resource, shares: sharesOf(weights, colors), targets });
  }
  return found;
}

/**
 * Matches deleted routes with new ones. A new route with the same target takes over from a deleted one, for example
 * when the HTTP listener now redirects to HTTPS.
 */
function withSuccessors(before: Routes["before"], after: Routes["after"]): Map<string, Route> {
  const found = new Map(after);
  const isNew = ([urn]: [string, Route]) => !before.has(urn);
  for (const [urn, { targets }] of before) {
    if (found.has(urn)) continue;
    const successor = [...found]
      .filter(isNew)
      .find(([, next]) => next.targets.some((target) => targets.includes(target)));
    if (successor === undefined) continue;
    found.delete(successor[0]);
    found.set(urn, successor[1]);
  }
  return found;
}

function weightsOf(actions: readonly Record<string, unknown>[]): Map<string, number> {
  const weights = new Map<string, number>();
  const add = (arn: unknown, weight: number) => {
    const name = referenceKey(String(arn));
    if (weight > 0) weights.set(name, (weights.get(name) ?? 0) + weight);
  };
  for (const action of actions) {
    if (action.type !== "forward") continue;
    if (typeof action.targetGroupArn === "string") add(action.targetGroupArn, 1);
    const groups = isObject(action.forward) ? objectsIn(action.forward.targetGroups) : [];
    for (const { arn, weight } of groups) add(arn, typeof weight === "number" ? weight : 1);
  }
  return weights;
}

function sharesOf(weights: ReadonlyMap<string, number>, colors: Colors): Shares {
  const sum = [...weights.values()].reduce((total, weight) => total + weight, 0);
  const shares = new Map<string, number>();
  for (const [name, weight] of weights) {
    const color = colors.get(name) ?? name;
    shares.set(color, (shares.get(color) ?? 0) + (100 * weight) / sum);
  }
  return shares;
}

function colorsOf(graph: Graph, base: Graph): Map<string, string> {
  const identities = new Identities(base);
  const colors = new Map<string, string>();
  for (const resource of graph.resources) {
    const { name } = identities.find(resource) ?? resource;
    if (!isAwsType(resource.type, "TargetGroup")) continue;
    const { tags } = plainInputs(resource);
    const color = isObject(tags) ? tags["changeover:color"] : undefined;
    if (typeof color === "string") colors.set(name, color);
  }
  return colors;
}
