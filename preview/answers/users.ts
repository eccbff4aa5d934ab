import type { Graph, GraphResource } from "../../engine/graph";
import { type Comparison, isAws, listed, plainInputs, records } from "../comparison";
import type { Answer } from "./answer";
import { answerOf, attention, danger, type Finding } from "./finding";
import { gaining, type Labels, labelOf, type Route, type Routes, routesOf, type Shares } from "./shares";

/** Does this move users: to whom, and how many. Undefined for a program that sends nobody anywhere. */
export function usersAnswer(comparison: Comparison): Answer | undefined {
  const { base, head } = comparison;
  const routes = routesOf(comparison);
  const urns = [...new Set([...routes.before.keys(), ...routes.after.keys()])];
  if (urns.length === 0) return undefined;
  const moves = urns.flatMap((urn) => moved(routes.before.get(urn), routes.after.get(urn), routes));
  const [before, after] = [sharesByRule(routes.before), sharesByRule(routes.after)];
  // A group that goes may take its target group along.
  const endangering = endangered(comparison, after, new Map([...routes.labels.base, ...routes.labels.head]));
  const details = [...versionDetails(base, head, before, after), ...endangering.details];
  const answer = answerOf("users", [...moves, ...endangering.texts.map(danger)], details);
  if (answer !== undefined) return answer;
  const keepers = [...after.values()].map((shares) => describe(shares));
  const text = `No users move: ${[...new Set(keepers)].join("; ")}.`;
  return { topic: "users", level: "good", text, details };
}

function sharesByRule(routes: Routes["before"]): Map<string, Shares> {
  return new Map([...routes].map(([urn, { shares }]) => [urn, shares]));
}

function moved(old: Route | undefined, next: Route | undefined, routes: Routes): Finding[] {
  if (old && next) return move(old.shares, next.shares);
  // Beside another that sends to the same, a rule comes or goes without moving anybody.
  const isServed = (route: Route, others: Routes["before"]) => {
    const served = [...others.values()].flatMap(({ targets }) => targets);
    return route.targets.every((target) => served.includes(target));
  };
  if (next && !isServed(next, routes.before))
    return [attention(`${describe(next.shares)}, from the beginning.`)];
  if (old && !isServed(old, routes.after))
    return [danger(`Nobody is served any more: ${listed([...old.shares.keys()])} had the users.`)];
  return [];
}

function move(before: Shares, after: Shares): Finding[] {
  const [losing, winning] = [gaining(after, before), gaining(before, after)];
  if (winning.length === 0) return [];
  const share = winning.reduce((sum, label) => sum + (after.get(label) ?? 0) - (before.get(label) ?? 0), 0);
  const who = share >= 99.999 ? "All users move" : `${percent(share)} of the users move`;
  const kept = after.size > 1 ? `; then ${describe(after)}` : "";
  return [attention(`${who} from ${listed(losing)} to ${listed(winning)}${kept}.`)];
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
  for (const resource of base.resources) {
    if (ops.get(resource.urn) === "delete") note(resource, "gone", "delete");
  }
  for (const resource of head.resources) {
    if (plainInputs(resource).maxSize === 0) note(resource, "none", "no servers");
    else if (ops.get(resource.urn) === "replace") note(resource, "exchanged", "replace");
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
  const { targetGroupArns } = plainInputs(group);
  const arns = Array.isArray(targetGroupArns) ? targetGroupArns.map(String) : [];
  return arns.map((arn) => labelOf(arn, labels));
}
