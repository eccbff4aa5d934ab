import type { Graph, GraphResource } from "../../engine/program/graph";
import { parseUrn } from "../../engine/state/urn";
import {
  byFormerUrn,
  type Comparison,
  isAws,
  listed,
  listedUpTo,
  plainInputs,
  records,
} from "../compare/comparison";
import { referredTo } from "../evaluate/placeholders";
import type { Answer } from "./answer";
import { ledElsewhere } from "./dns-names";
import { answerOf, attention, danger, type Finding } from "./finding";
import {
  gaining,
  type Labels,
  labelOf,
  type Route,
  type Routes,
  routesOf,
  type Shares,
} from "./traffic-routes";

/** How many are named; the rest is counted. */
const NAMED = 5;

/** Does this move users: to whom, and how many. Undefined for a program that sends nobody anywhere. */
export function usersAnswer(comparison: Comparison): Answer | undefined {
  const { base, head } = comparison;
  const routes = routesOf(comparison);
  const urns = [...new Set([...routes.before.keys(), ...routes.after.keys()])];
  if (urns.length === 0) return undefined;
  const stories = urns.map((urn) => story(routes.before.get(urn), routes.after.get(urn)));
  const isOne = new Set(stories).size === 1;
  const moves = urns.flatMap((urn) => moved(routes.before.get(urn), routes.after.get(urn), routes, isOne));
  const [before, after] = [sharesByRule(routes.before), sharesByRule(routes.after)];
  // A group that goes may take its target group along.
  const endangering = endangered(comparison, after, new Map([...routes.labels.base, ...routes.labels.head]));
  const details = [...versionDetails(base, head, before, after), ...endangering.details];
  const texts = [...endangering.texts, ...emptied(comparison, routes)];
  const answer = answerOf("users", [...moves, ...texts.map(danger)], details);
  if (answer !== undefined) return answer;
  const led = ledElsewhere(comparison);
  if (led.length > 0) {
    const text = `No load balancer moves users, but DNS leads elsewhere: ${listedUpTo(NAMED, led)}.`;
    return { topic: "users", level: "attention", text, details };
  }
  return { topic: "users", level: "good", text: `No users move: ${keepers(after)}.`, details };
}

/** Rules with the same story are told of as one: of all users. */
function story(...routes: readonly (Route | undefined)[]): string {
  return JSON.stringify(routes.map((route) => route && [...route.shares]));
}

function keepers(after: ReadonlyMap<string, Shares>): string {
  const said = new Set([...after.values()].map((shares) => describe(shares)));
  if (said.size === 1) return [...said].join();
  const labels = new Set([...after.values()].flatMap((shares) => [...shares.keys()]));
  return `${listedUpTo(NAMED, [...labels].sort())} keep theirs`;
}

function sharesByRule(routes: Routes["before"]): Map<string, Shares> {
  return new Map([...routes].map(([urn, { shares }]) => [urn, shares]));
}

/** `isOne`: what happens to this rule's users happens to all. */
function moved(old: Route | undefined, next: Route | undefined, routes: Routes, isOne: boolean): Finding[] {
  if (old && next) return move(old.shares, next.shares, isOne ? "" : ` of ${next.resource.name}`);
  // Beside another that sends to the same, a rule comes or goes without moving anybody.
  const unserved = (route: Route, others: Routes["before"], labels: Labels) => {
    const served = [...others.values()].flatMap(({ targets }) => targets);
    const targets = route.targets.filter((target) => !served.includes(target));
    return [...new Set(targets.map((target) => labelOf(target, labels)))];
  };
  if (next) {
    const labels = unserved(next, routes.before, routes.labels.head);
    if (labels.length === 0) return [];
    const text = isOne ? describe(next.shares) : `${next.resource.name} sends users to ${listed(labels)}`;
    return [attention(`${text}, from the beginning.`)];
  }
  const labels = old ? unserved(old, routes.after, routes.labels.base) : [];
  if (labels.length === 0) return [];
  if (routes.after.size === 0) return [danger(`Nobody is served any more: ${listed(labels)} had the users.`)];
  return [danger(`Nobody is sent to ${listed(labels)} any more.`)];
}

function move(before: Shares, after: Shares, of: string): Finding[] {
  const [losing, winning] = [gaining(after, before), gaining(before, after)];
  if (winning.length === 0) return [];
  const share = winning.reduce((sum, label) => sum + (after.get(label) ?? 0) - (before.get(label) ?? 0), 0);
  const who = share >= 99.999 ? `All users${of} move` : `${percent(share)} of the users${of} move`;
  const kept = after.size > 1 ? `; then ${describe(after)}` : "";
  return [attention(`${who} from ${listed(losing)} to ${listed(winning)}${kept}.`)];
}

/** Target groups that are replaced while they have users: the new one has nobody in it at first. */
function emptied({ base, head, steps }: Comparison, { before, after, labels }: Routes): string[] {
  const targets = (routes: Routes["before"]) => [...routes.values()].flatMap((route) => route.targets);
  const kept = targets(before).filter((target) => targets(after).includes(target));
  // One that comes under the name of one that had users is another one, too.
  const replaced = new Set(
    steps.filter(({ op }) => ["create", "replace"].includes(op)).map(({ urn }) => urn),
  );
  const groups = [...byFormerUrn(head, base)]
    .filter(([, each]) => isAws(each, "TargetGroup") && replaced.has(each.urn))
    .map(([urn]) => parseUrn(urn).name)
    .filter((name) => kept.includes(name));
  const names = [...new Set(groups.map((name) => labelOf(name, labels.head)))];
  if (names.length === 0) return [];
  return [`Replaced while it has users, and so empty at first: the target group of ${listed(names)}.`];
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

/** Servers that are exchanged or go while their target group has users, and colors that get users without servers. */
function endangered({ base, head, steps }: Comparison, after: ReadonlyMap<string, Shares>, labels: Labels) {
  const withUsers = new Set([...after.values()].flatMap((shares) => [...shares.keys()]));
  const found: { label: string; fate: "exchanged" | "gone" | "none"; detail: string }[] = [];
  const note = (resource: GraphResource, fate: "exchanged" | "gone" | "none", what: string) => {
    if (!resource.type.includes(":autoscaling/group")) return;
    const label = labelsOf(resource, labels).find((each) => withUsers.has(each));
    if (label !== undefined) found.push({ label, fate, detail: `${resource.name}: ${what}` });
  };
  const ops = new Map(steps.map(({ urn, op }) => [urn, op]));
  const serving = head.resources.filter((each) => isAws(each, "Group") && plainInputs(each).maxSize !== 0);
  const isServed = (group: GraphResource) =>
    serving.some((each) => targetsOf(group).some((target) => targetsOf(each).includes(target)));
  for (const resource of base.resources) {
    if (ops.get(resource.urn) === "delete")
      note(resource, isServed(resource) ? "exchanged" : "gone", "delete");
  }
  for (const resource of head.resources) {
    if (plainInputs(resource).maxSize === 0) {
      if (!isServed(resource)) note(resource, "none", "no servers");
    } else if (ops.get(resource.urn) === "replace") note(resource, "exchanged", "replace");
  }
  const texts = {
    exchanged: (label: string) => `The servers of ${label} are exchanged while ${label} has users.`,
    gone: (label: string) =>
      `The servers of ${label} are deleted while ${label} has users: nobody answers them.`,
    none: (label: string) => `${label} has users and no servers: nobody answers them.`,
  };
  return {
    texts: [...new Set(found.map(({ label, fate }) => texts[fate](label)))],
    details: found.map(({ detail }) => detail),
  };
}

function labelsOf(group: GraphResource, labels: Labels): string[] {
  return targetsOf(group).map((target) => labelOf(target, labels));
}

function targetsOf(group: GraphResource): string[] {
  const { targetGroupArns } = plainInputs(group);
  return Array.isArray(targetGroupArns) ? targetGroupArns.map((arn) => referredTo(String(arn))) : [];
}
