import type { Graph, GraphResource } from "../../engine/graph";
import { type Comparison, isAws, isObject, listed, plainInputs, records, stepsByUrn } from "../comparison";
import { symbolName } from "../symbols";
import type { Answer } from "./answer";

/** Whom a rule sends where: percent of the users by the name of a color, or of a target group that has none. */
type Shares = ReadonlyMap<string, number>;

/** Does this move users: to whom, and how many. Undefined for a program that sends nobody anywhere. */
export function usersAnswer(comparison: Comparison): Answer | undefined {
  const { base, head } = comparison;
  const [before, after] = [sharesByRule(base), sharesByRule(head)];
  const rules = [...new Set([...before.keys(), ...after.keys()])];
  if (rules.length === 0) return undefined;
  const none: Shares = new Map();
  const moves = rules.flatMap((urn) => move(before.get(urn) ?? none, after.get(urn) ?? none));
  const replaced = replacedUnderUsers(comparison, after);
  const details = [...versionDetails(base, head, before, after), ...replaced.details];
  if (moves.length > 0) {
    const level = moves.some((text) => text.startsWith("Nobody")) ? "danger" : "attention";
    return { topic: "users", level, text: [...moves, ...replaced.texts].join(" "), details };
  }
  if (replaced.texts.length > 0) {
    return { topic: "users", level: "danger", text: replaced.texts.join(" "), details };
  }
  const keepers = [...after.values()].map((shares) => describe(shares));
  const text = `No users move: ${[...new Set(keepers)].join("; ")}.`;
  return { topic: "users", level: "good", text, details };
}

/** Every rule and listener that serves whoever comes, with the shares of its target groups. */
function sharesByRule(graph: Graph): Map<string, Shares> {
  const labels = groupLabels(graph);
  const rules = new Map<string, Shares>();
  for (const resource of graph.resources) {
    if (!isAws(resource, "ListenerRule", "Listener")) continue;
    const inputs = plainInputs(resource);
    // A rule that asks for a header is for those who try a color, not for users.
    if (records(inputs.conditions).some((condition) => isObject(condition.httpHeader))) continue;
    const shares = sharesOf([...records(inputs.actions), ...records(inputs.defaultActions)], labels);
    if (shares.size > 0) rules.set(resource.urn, shares);
  }
  return rules;
}

function sharesOf(actions: readonly Record<string, unknown>[], labels: ReadonlyMap<string, string>): Shares {
  const weights = new Map<string, number>();
  const add = (arn: unknown, weight: number) => {
    const name = symbolName(String(arn)) ?? String(arn);
    const label = labels.get(name) ?? name;
    weights.set(label, (weights.get(label) ?? 0) + weight);
  };
  for (const action of actions) {
    if (action.type !== "forward") continue;
    if (typeof action.targetGroupArn === "string") add(action.targetGroupArn, 1);
    const groups = isObject(action.forward) ? records(action.forward.targetGroups) : [];
    for (const { arn, weight } of groups) add(arn, typeof weight === "number" ? weight : 1);
  }
  const sum = [...weights.values()].reduce((total, weight) => total + weight, 0);
  const shares = [...weights].filter(([, weight]) => weight > 0);
  return new Map(shares.map(([label, weight]) => [label, (100 * weight) / sum]));
}

/** The color of each target group by the group's name, where a tag says it. */
function groupLabels(graph: Graph): Map<string, string> {
  const labels = new Map<string, string>();
  for (const resource of graph.resources) {
    if (!isAws(resource, "TargetGroup")) continue;
    const { tags } = plainInputs(resource);
    const color = isObject(tags) ? tags["changeover:color"] : undefined;
    if (typeof color === "string") labels.set(resource.name, color);
  }
  return labels;
}

function move(before: Shares, after: Shares): string[] {
  const labels = [...new Set([...before.keys(), ...after.keys()])];
  const change = (label: string) => (after.get(label) ?? 0) - (before.get(label) ?? 0);
  const losing = labels.filter((label) => change(label) < 0);
  const gaining = labels.filter((label) => change(label) > 0);
  if (before.size === 0) return [`${describe(after)}, from the beginning.`];
  if (after.size === 0) return [`Nobody is served any more: ${listed(losing)} had the users.`];
  if (gaining.length === 0) return [];
  const moved = gaining.reduce((sum, label) => sum + change(label), 0);
  const who = moved >= 99.999 ? "All users move" : `${percent(moved)} of the users move`;
  const kept = after.size > 1 ? `; then ${describe(after)}` : "";
  return [`${who} from ${listed(losing)} to ${listed(gaining)}${kept}.`];
}

function describe(shares: Shares): string {
  const each = [...shares].map(([label, share]) =>
    share >= 99.999 ? `${label} has all users` : `${label} has ${percent(share)}`,
  );
  return listed(each);
}

function percent(share: number): string {
  return `${Number(share.toFixed(1))} %`;
}

/** `green: 1.1.0, has 100 % of the users after this, 0 % before`. */
function versionDetails(
  base: Graph,
  head: Graph,
  before: ReadonlyMap<string, Shares>,
  after: ReadonlyMap<string, Shares>,
): string[] {
  const [olds, news] = [versionsByColor(base), versionsByColor(head)];
  const share = (rules: ReadonlyMap<string, Shares>, label: string) =>
    Math.max(0, ...[...rules.values()].map((shares) => shares.get(label) ?? 0));
  return [...new Set([...olds.keys(), ...news.keys()])].sort().map((color) => {
    const [old, next] = [olds.get(color), news.get(color)];
    const runs =
      next === undefined ? `no release (ran ${old})` : old === next || !old ? next : `${old} → ${next}`;
    const fresh = old === undefined && base.resources.length > 0 ? " (new)" : "";
    const [from, to] = [share(before, color), share(after, color)];
    const users = from === to ? percent(to) : `${percent(from)} → ${percent(to)}`;
    return `${color} runs ${runs}${fresh}, users: ${users}`;
  });
}

/** What each color runs, as its Auto Scaling Groups' tags say. */
function versionsByColor(graph: Graph): Map<string, string> {
  const versions = new Map<string, string>();
  for (const resource of graph.resources) {
    if (!isAws(resource, "Group") || !resource.type.includes(":autoscaling/")) continue;
    const tags = records(plainInputs(resource).tags);
    const tag = (key: string) => tags.find((each) => each.key === key)?.value;
    const [color, version] = [tag("changeover:color"), tag("changeover:version")];
    if (typeof color === "string" && typeof version === "string") versions.set(color, version);
  }
  return versions;
}

/** Servers that are exchanged or go while their target group has users. */
function replacedUnderUsers(comparison: Comparison, after: ReadonlyMap<string, Shares>) {
  const steps = stepsByUrn(comparison);
  const labels = groupLabels(comparison.head);
  const serves = ({ inputs, ...resource }: GraphResource) => {
    const { targetGroupArns } = plainInputs({ inputs, ...resource });
    const names = Array.isArray(targetGroupArns) ? targetGroupArns.map(String) : [];
    const groups = names.map((arn) => symbolName(arn) ?? arn).map((name) => labels.get(name) ?? name);
    return groups.find((label) => [...after.values()].some((shares) => shares.has(label)));
  };
  const found = comparison.base.resources.flatMap((resource) => {
    const op = steps.get(resource.urn)?.op;
    if (!resource.type.includes(":autoscaling/group") || (op !== "replace" && op !== "delete")) return [];
    const label = serves(resource);
    return label === undefined ? [] : [{ label, detail: `${resource.name}: ${op}` }];
  });
  const colors = [...new Set(found.map(({ label }) => label))];
  return {
    texts: colors.map((label) => `The servers of ${label} are exchanged while ${label} has users.`),
    details: found.map(({ detail }) => detail),
  };
}
