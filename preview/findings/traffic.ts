import { isAwsType } from "../../aws/resource-types";
import { parseUrn } from "../../engine/state/urn";
import type { Comparison } from "../compare/comparison";
import { byFormerUrn } from "../compare/resources";
import { enumerate, enumerateUpTo } from "../wording";
import { shiftedNames } from "./dns-names";
import { danger, distinct, type FindingContent, nothing, warning } from "./finding";
import { servingInstanceProblems, versionsByColor } from "./serving-instances";
import {
  type Colors,
  colorOf,
  gaining,
  type Route,
  type Routes,
  routesOf,
  type Shares,
} from "./traffic-routes";

const MAX_NAMES = 5;
/** Less than 100, because shares are sums of fractions. */
const ALL = 99.999;

/** Reports shifts of traffic between colors, and traffic without a target that can serve it. */
export const trafficCheck = { topic: "traffic", find } as const;

function find(comparison: Comparison): FindingContent[] {
  const routes = routesOf(comparison);
  const urns = [...new Set([...routes.before.keys(), ...routes.after.keys()])];
  if (urns.length === 0) return [];
  // If all rules shift traffic in the same way, the report does not name them.
  const shifts = urns.map((urn) =>
    JSON.stringify([sharesOf(routes.before, urn), sharesOf(routes.after, urn)]),
  );
  const isUniform = new Set(shifts).size === 1;
  const shifted = urns.flatMap((urn) => routeProblems(urn, routes, isUniform));
  const [before, after] = [sharesByRoute(routes.before), sharesByRoute(routes.after)];
  // The colors of the base are needed, because a deleted Auto Scaling group's target group may be deleted, too.
  const colors = new Map([...routes.colors.base, ...routes.colors.head]);
  const serving = servingInstanceProblems(comparison, after, colors);
  const details = [...versionDetails(comparison, before, after), ...serving.details];
  const problems = [...shifted, ...serving.problems, ...replacedTargetGroups(comparison, routes)];
  if (problems.length > 0) return distinct(problems, details);
  const names = shiftedNames(comparison);
  if (names.length > 0) {
    const summary = `No load balancer shifts traffic, but DNS records get other targets or weights: ${enumerateUpTo(MAX_NAMES, names)}.`;
    return [warning("dns-shifted", summary, details)];
  }
  return [nothing("traffic-unchanged", `No traffic shifts: ${unshifted(after)}.`, details)];
}

function sharesOf(routes: Routes["before"], urn: string): [string, number][] | undefined {
  const route = routes.get(urn);
  return route && [...route.shares];
}

function sharesByRoute(routes: Routes["before"]): Map<string, Shares> {
  return new Map([...routes].map(([urn, { shares }]) => [urn, shares]));
}

function unshifted(after: ReadonlyMap<string, Shares>): string {
  const descriptions = new Set([...after.values()].map((shares) => describe(shares)));
  if (descriptions.size === 1) return [...descriptions].join();
  const colors = new Set([...after.values()].flatMap((shares) => [...shares.keys()]));
  return `${enumerateUpTo(MAX_NAMES, [...colors].sort())} keep theirs`;
}

function routeProblems(urn: string, routes: Routes, isUniform: boolean): FindingContent[] {
  const [old, next] = [routes.before.get(urn), routes.after.get(urn)];
  if (old && next) return shift(old.shares, next.shares, isUniform ? "" : ` of ${next.resource.name}`);
  // To add or remove a route changes nothing if another route has the same target.
  const unshared = (route: Route, others: Routes["before"], colors: Colors) => {
    const shared = [...others.values()].flatMap(({ targets }) => targets);
    const targets = route.targets.filter((target) => !shared.includes(target));
    return [...new Set(targets.map((target) => colorOf(target, colors)))];
  };
  if (next) {
    const colors = unshared(next, routes.before, routes.colors.head);
    if (colors.length === 0) return [];
    return [
      warning(
        "route-added",
        isUniform
          ? `New route: ${describe(next.shares)}.`
          : `New route: ${next.resource.name} forwards traffic to ${enumerate(colors)}.`,
      ),
    ];
  }
  const colors = old ? unshared(old, routes.after, routes.colors.base) : [];
  if (colors.length === 0) return [];
  const unserved = `No traffic is forwarded to ${enumerate(colors)} any more`;
  return [
    danger(
      "route-removed",
      routes.after.size === 0 ? `${unserved}, nor to any other target.` : `${unserved}.`,
    ),
  ];
}

function shift(before: Shares, after: Shares, ofRoute: string): FindingContent[] {
  const [losing, winning] = [gaining(after, before), gaining(before, after)];
  if (winning.length === 0) return [];
  const share = winning.reduce((sum, color) => sum + (after.get(color) ?? 0) - (before.get(color) ?? 0), 0);
  const amount = share >= ALL ? "All traffic" : `${percent(share)} of the traffic`;
  const result = after.size > 1 ? `; then ${describe(after)}` : "";
  return [
    warning(
      "traffic-shifted",
      `${amount}${ofRoute} shifts from ${enumerate(losing)} to ${enumerate(winning)}${result}.`,
    ),
  ];
}

/** Finds target groups that are replaced while they receive traffic. The new target group has no targets at first. */
function replacedTargetGroups(
  { base, head, steps }: Comparison,
  { before, after, colors }: Routes,
): FindingContent[] {
  const targetsOf = (routes: Routes["before"]) => [...routes.values()].flatMap((route) => route.targets);
  const kept = targetsOf(before).filter((target) => targetsOf(after).includes(target));
  // A new resource with the former name is a different target group, too.
  const replaced = new Set(
    steps.filter(({ op }) => ["create", "replace"].includes(op)).map(({ urn }) => urn),
  );
  const groups = [...byFormerUrn(head, base)]
    .filter(([, { type, urn }]) => isAwsType(type, "TargetGroup") && replaced.has(urn))
    .map(([urn]) => parseUrn(urn).name)
    .filter((name) => kept.includes(name));
  const names = [...new Set(groups.map((name) => colorOf(name, colors.head)))];
  if (names.length === 0) return [];
  return [
    danger(
      "target-group-replaced",
      `The target group of ${enumerate(names)} is replaced while it receives traffic, and has no targets at first.`,
    ),
  ];
}

function describe(shares: Shares): string {
  return enumerate(
    [...shares].map(([color, share]) => `${color} receives ${share >= ALL ? "all traffic" : percent(share)}`),
  );
}

function percent(share: number): string {
  return `${Number(share.toFixed(1))} %`;
}

/** Formats lines such as `green runs 1.1.0, traffic: 0 % → 100 %`. */
function versionDetails(
  { base, head }: Comparison,
  before: ReadonlyMap<string, Shares>,
  after: ReadonlyMap<string, Shares>,
): string[] {
  const [olds, news] = [versionsByColor(base), versionsByColor(head)];
  const largestShare = (routes: ReadonlyMap<string, Shares>, color: string) =>
    Math.max(0, ...[...routes.values()].map((shares) => shares.get(color) ?? 0));
  return [...new Set([...olds.keys(), ...news.keys()])].sort().map((color) => {
    const [old, next] = [olds.get(color), news.get(color)];
    const version =
      next === undefined ? `no version (ran ${old})` : old === next || !old ? next : `${old} → ${next}`;
    const isNew = old === undefined && base.resources.length > 0 ? " (new)" : "";
    const [from, to] = [largestShare(before, color), largestShare(after, color)];
    const traffic = from === to ? percent(to) : `${percent(from)} → ${percent(to)}`;
    return `${color} runs ${version}${isNew}, traffic: ${traffic}`;
  });
}
