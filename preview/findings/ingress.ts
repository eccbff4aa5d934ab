import { isAwsType } from "../../aws/resource-types";
import type { Graph } from "../../engine/program/graph";
import type { Comparison } from "../compare/comparison";
import { plainInputs } from "../compare/resources";
import { enumerate, enumerateUpTo } from "../wording";
import { lostNames } from "./dns-names";
import { danger, distinct, type FindingContent, warning } from "./finding";
import { hasGate } from "./health-gate";
import { type LoadBalancerAccess, type LoadBalancerListener, loadBalancersOf } from "./load-balancers";
import { unknownPackages } from "./unknown-packages";

const BROWSER_PORTS = [80, 443];
const MAX_NAMES = 5;

/**
 * Finds access that clients rely on and the update removes: HTTPS, a port, an address, access through security
 * groups.
 */
export const ingressCheck = { topic: "ingress", find } as const;

function find(comparison: Comparison): FindingContent[] {
  // New resources of an unknown package may replace the removed access.
  if (unknownPackages(comparison, ["create", "import"]) !== undefined) return [];
  const { base, head } = comparison;
  const [before, after] = [loadBalancersOf(base, base), loadBalancersOf(head, base)];
  const problems = [...after].flatMap(([key, next]): FindingContent[] => {
    const old = before.get(key);
    // The traffic check already reports a load balancer that loses all listeners.
    if (old === undefined || old.listeners.length === 0 || next.listeners.length === 0) return [];
    if (old.isPublic && !next.isPublic)
      return [
        danger(
          "load-balancer-internal",
          `${next.name} becomes internal: it is not reachable from the internet any more.`,
        ),
      ];
    return [
      ...lostHttps(old, next),
      ...lostPorts(old, next),
      ...closedPorts(old, next),
      ...shutOutGate(old, next, head),
    ];
  });
  const names = lostNames(comparison).map(({ name, targets }) => {
    const summary = `The DNS name ${name} loses its record.`;
    return targets.some((target) => after.has(target))
      ? danger("dns-name-lost", summary)
      : warning("dns-name-lost", summary);
  });
  return distinct([...problems, ...renamedLoadBalancers(comparison), ...names]);
}

function lostHttps(old: LoadBalancerAccess, next: LoadBalancerAccess): FindingContent[] {
  if (losesHttps(old, next)) {
    const summary = `${next.name} no longer accepts HTTPS: requests to it are not encrypted.`;
    return [next.isPublic === false ? warning("https-lost", summary) : danger("https-lost", summary)];
  }
  return old.listeners.flatMap(({ urn, redirectsToHttps }) => {
    const listener = next.listeners.find((each) => each.urn === urn);
    if (!redirectsToHttps || !listener || !isHttp(listener) || !listener.forwards) return [];
    return [danger("https-lost", `${listener.name} serves plain HTTP instead of redirecting to HTTPS.`)];
  });
}

function losesHttps(old: LoadBalancerAccess, next: LoadBalancerAccess): boolean {
  return old.listeners.some(({ protocol }) => protocol === "HTTPS") && next.listeners.every(isHttp);
}

/**
 * Finds lost ports of public load balancers. Clients of an internal load balancer are part of the program, so they
 * use the new port.
 */
function lostPorts(old: LoadBalancerAccess, next: LoadBalancerAccess): FindingContent[] {
  if (next.isPublic === false) return [];
  const ports = next.listeners.map(({ port }) => port);
  const lost = old.listeners
    .filter(({ port }) => !ports.includes(port))
    .filter((listener) => isHttp(listener) || !losesHttps(old, next));
  if (lost.length === 0) return [];
  const summary = `${next.name} no longer listens on ${portsOf(lost)}.`;
  const isBrowsed = lost.some(
    ({ port, redirectsToHttps }) => BROWSER_PORTS.includes(port) && !redirectsToHttps,
  );
  return [isBrowsed ? danger("port-lost", summary) : warning("port-lost", summary)];
}

function closedPorts(old: LoadBalancerAccess, next: LoadBalancerAccess): FindingContent[] {
  const ports = new Set(old.listeners.filter(isTcp).map(({ port }) => port));
  const both = next.listeners.filter(({ port }) => ports.has(port));
  const open = both.filter(({ port }) => old.allowedSources(port) === "internet");
  const closed = both.filter(
    ({ port }) =>
      ["internet", "some"].includes(old.allowedSources(port) ?? "") && next.allowedSources(port) === "none",
  );
  const narrowed = open.filter(({ port }) => next.allowedSources(port) === "some");
  const subject = `Security groups of ${next.name} no longer allow`;
  return [
    ...(closed.length > 0 ? [danger("port-closed", `${subject} any traffic to ${portsOf(closed)}.`)] : []),
    ...(narrowed.length > 0
      ? [warning("port-narrowed", `${subject} traffic from the internet to ${portsOf(narrowed)}.`)]
      : []),
    ...lostRanges(old, next, both),
  ];
}

/** Finds ranges that were allowed beside others, and are no longer. */
function lostRanges(
  old: LoadBalancerAccess,
  next: LoadBalancerAccess,
  listeners: readonly LoadBalancerListener[],
): FindingContent[] {
  const lost = listeners.flatMap(({ port }) => {
    const isNarrowed = old.allowedSources(port) === "some" && next.allowedSources(port) === "some";
    return isNarrowed
      ? removedRanges(old, next, port).map((range) => `traffic from ${range} to port ${port}`)
      : [];
  });
  if (lost.length === 0) return [];
  return [
    warning(
      "port-narrowed",
      `Security groups of ${next.name} no longer allow ${enumerateUpTo(MAX_NAMES, lost)}.`,
    ),
  ];
}

function removedRanges(old: LoadBalancerAccess, next: LoadBalancerAccess, port: number): string[] {
  const allowed = next.allowedRanges(port) ?? [];
  return (old.allowedRanges(port) ?? []).filter((range) => !allowed.includes(range));
}

/**
 * The gate's function is in private subnets, so it calls a public load balancer from the address of a NAT gateway. Ranges
 * that the update narrows may not have this address.
 */
function shutOutGate(old: LoadBalancerAccess, next: LoadBalancerAccess, head: Graph): FindingContent[] {
  const narrowed = next.listeners.filter(
    ({ port }) => next.allowedSources(port) === "some" && removedRanges(old, next, port).length > 0,
  );
  if (next.isPublic !== true || narrowed.length === 0 || !hasGate(head)) return [];
  const ranges = [...new Set(narrowed.flatMap(({ port }) => next.allowedRanges(port) ?? []))];
  if (ranges.some((range) => /<(new )?(Eip|NatGateway):/.test(range))) return [];
  const gateways = head.resources.filter(({ type }) => isAwsType(type, "NatGateway")).map(({ name }) => name);
  const from =
    gateways.length > 0 ? `the public addresses of ${enumerate(gateways)}` : "its own public address";
  return [
    warning(
      "gate-shut-out",
      `The health gate is shut out of ${next.name} unless the allowed ranges (${enumerateUpTo(MAX_NAMES, ranges)}) contain its address: it calls the load balancer from ${from}.`,
      [
        "A gate check that is shut out fails, so no update could shift traffic to a color. Add the address as a /32 range.",
      ],
    ),
  ];
}

/**
 * Finds public load balancers whose DNS name changes, without a DNS record or CloudFront distribution that follows
 * the change.
 */
function renamedLoadBalancers({ head, steps }: Comparison): FindingContent[] {
  const internal = head.resources.filter((each) => plainInputs(each).internal === true).map(({ urn }) => urn);
  const isFollowed = head.resources
    .filter(({ type }) => isAwsType(type, "Record", "Distribution", "EndpointGroup"))
    .some((each) => JSON.stringify(plainInputs(each)).includes("<new LoadBalancer:"));
  if (isFollowed) return [];
  return steps
    .filter(
      ({ op, type, urn }) => op === "replace" && isAwsType(type, "LoadBalancer") && !internal.includes(urn),
    )
    .filter(({ replaceReasons }) => !replaceReasons.includes("internal"))
    .map(({ name }) =>
      warning(
        "load-balancer-renamed",
        `${name} is replaced and gets another DNS name from AWS: update its clients.`,
      ),
    );
}

function isHttp({ protocol }: LoadBalancerListener): boolean {
  return protocol === "HTTP";
}

function isTcp({ protocol }: LoadBalancerListener): boolean {
  return ["HTTP", "HTTPS", "TCP", "TLS"].includes(protocol);
}

function portsOf(listeners: readonly LoadBalancerListener[]): string {
  const ports = [...new Set(listeners.map(({ port }) => port))].sort((a, b) => a - b);
  return `port ${enumerate(ports.map(String))}`;
}
