import type { Graph, GraphResource } from "../../engine/program/graph";
import { Identities } from "../../engine/program/graph-diff";
import { type Comparison, isAws, isObject, plainInputs, records } from "../compare/comparison";
import { referredTo } from "../evaluate/placeholders";

/** Whom a rule sends where: percent of the users by the name of a color, or of a target group that has none. */
export type Shares = ReadonlyMap<string, number>;
/** The color of each target group, where a tag says it, by the name in the group's symbols: the one in the base. */
export type Labels = ReadonlyMap<string, string>;

/** A rule or a listener that serves whoever comes. */
export interface Route {
  readonly resource: GraphResource;
  readonly shares: Shares;
  /** The target groups that have a share, by the names in their symbols, or by ARN. */
  readonly targets: readonly string[];
}

export interface Routes {
  /** By the rule's URN in the base. */
  readonly before: ReadonlyMap<string, Route>;
  /** By the URN in the base, too, of a rule that took over from one that is gone. */
  readonly after: ReadonlyMap<string, Route>;
  readonly labels: { readonly base: Labels; readonly head: Labels };
}

/** Where users are sent before and after. */
export function routesOf({ base, head }: Pick<Comparison, "base" | "head">): Routes {
  const labels = { base: groupLabels(base, base), head: groupLabels(head, base) };
  const before = routes(base, base, labels.base);
  return { before, after: takenOver(before, routes(head, base, labels.head)), labels };
}

/** Who gets more users than before. */
export function gaining(before: Shares, after: Shares): string[] {
  return [...after.keys()].filter((label) => (after.get(label) ?? 0) > (before.get(label) ?? 0));
}

/** The color of the target group in an ARN, or its name. */
export function labelOf(arn: string, labels: Labels): string {
  const name = referredTo(arn);
  return labels.get(name) ?? name;
}

function routes(graph: Graph, base: Graph, labels: Labels): Map<string, Route> {
  const identities = new Identities(base);
  const found = new Map<string, Route>();
  for (const resource of graph.resources) {
    const { urn } = identities.find(resource) ?? resource;
    if (!isAws(resource, "ListenerRule", "Listener")) continue;
    const inputs = plainInputs(resource);
    // A rule that asks for a header is for those who try a color, not for users.
    if (records(inputs.conditions).some((condition) => isObject(condition.httpHeader))) continue;
    const weights = weightsOf([...records(inputs.actions), ...records(inputs.defaultActions)]);
    const targets = [...weights.keys()];
    if (targets.length > 0) found.set(urn, { resource, shares: sharesOf(weights, labels), targets });
  }
  return found;
}

/** A rule that is gone is found again in a new one that sends to the same: users of HTTP who are sent on by HTTPS. */
function takenOver(before: Routes["before"], after: Routes["after"]): Map<string, Route> {
  const found = new Map(after);
  const isNew = ([urn]: [string, Route]) => !before.has(urn);
  for (const [urn, { targets }] of before) {
    if (found.has(urn)) continue;
    const heir = [...found]
      .filter(isNew)
      .find(([, next]) => next.targets.some((each) => targets.includes(each)));
    if (heir === undefined) continue;
    found.delete(heir[0]);
    found.set(urn, heir[1]);
  }
  return found;
}

/** The target groups that actions send to, with their weights. */
function weightsOf(actions: readonly Record<string, unknown>[]): Map<string, number> {
  const weights = new Map<string, number>();
  const add = (arn: unknown, weight: number) => {
    const name = referredTo(String(arn));
    if (weight > 0) weights.set(name, (weights.get(name) ?? 0) + weight);
  };
  for (const action of actions) {
    if (action.type !== "forward") continue;
    if (typeof action.targetGroupArn === "string") add(action.targetGroupArn, 1);
    const groups = isObject(action.forward) ? records(action.forward.targetGroups) : [];
    for (const { arn, weight } of groups) add(arn, typeof weight === "number" ? weight : 1);
  }
  return weights;
}

function sharesOf(weights: ReadonlyMap<string, number>, labels: Labels): Shares {
  const sum = [...weights.values()].reduce((total, weight) => total + weight, 0);
  const shares = new Map<string, number>();
  for (const [name, weight] of weights) {
    const label = labels.get(name) ?? name;
    shares.set(label, (shares.get(label) ?? 0) + (100 * weight) / sum);
  }
  return shares;
}

function groupLabels(graph: Graph, base: Graph): Map<string, string> {
  const identities = new Identities(base);
  const labels = new Map<string, string>();
  for (const resource of graph.resources) {
    const { name } = identities.find(resource) ?? resource;
    if (!isAws(resource, "TargetGroup")) continue;
    const { tags } = plainInputs(resource);
    const color = isObject(tags) ? tags["changeover:color"] : undefined;
    if (typeof color === "string") labels.set(name, color);
  }
  return labels;
}
