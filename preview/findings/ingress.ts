import { isAwsType } from "../../aws/resource-types";
import type { Comparison } from "../compare/comparison";
import { plainInputs } from "../compare/resources";
import { enumerate } from "../wording";
import { lostNames } from "./dns-names";
import { combine, danger, type FindingContent, type Problem, warning } from "./finding";
import { type LoadBalancerAccess, type LoadBalancerListener, loadBalancersOf } from "./load-balancers";
import { unknownPackages } from "./unknown-packages";

const BROWSER_PORTS = [80, 443];

/**
 * Finds access that clients rely on and the update removes: HTTPS, a port, an address, access through security
 * groups.
 */
export const ingressCheck = { topic: "ingress", find } as const;

function find(comparison: Comparison): FindingContent | undefined {
  // New resources of an unknown package may replace the removed access.
  if (unknownPackages(comparison, ["create", "import"]) !== undefined) return undefined;
  const { base, head } = comparison;
  const [before, after] = [loadBalancersOf(base, base), loadBalancersOf(head, base)];
  const problems = [...after].flatMap(([key, next]): Problem[] => {
    const old = before.get(key);
    // The traffic check already reports a load balancer that loses all listeners.
    if (old === undefined || old.listeners.length === 0 || next.listeners.length === 0) return [];
    if (old.isPublic && !next.isPublic)
      return [danger(`${next.name} becomes internal: it is not reachable from the internet any more.`)];
    return [...lostHttps(old, next), ...lostPorts(old, next), ...closedPorts(old, next)];
  });
  const names = lostNames(comparison).map(({ name, targets }) => {
    const summary = `The DNS name ${name} loses its record.`;
    return targets.some((target) => after.has(target)) ? danger(summary) : warning(summary);
  });
  return combine([...problems, ...renamedLoadBalancers(comparison), ...names]);
}

function lostHttps(old: LoadBalancerAccess, next: LoadBalancerAccess): Problem[] {
  if (losesHttps(old, next)) {
    const summary = `${next.name} no longer accepts HTTPS: requests to it are not encrypted.`;
    return [next.isPublic === false ? warning(summary) : danger(summary)];
  }
  return old.listeners.flatMap(({ urn, redirectsToHttps }) => {
    const listener = next.listeners.find((each) => each.urn === urn);
    if (!redirectsToHttps || !listener || !isHttp(listener) || !listener.forwards) return [];
    return [danger(`${listener.name} serves plain HTTP instead of redirecting to HTTPS.`)];
  });
}

function losesHttps(old: LoadBalancerAccess, next: LoadBalancerAccess): boolean {
  return old.listeners.some(({ protocol }) => protocol === "HTTPS") && next.listeners.every(isHttp);
}

/**
 * Finds lost ports of public load balancers. Clients of an internal load balancer are part of the program, so they
 * use the new port.
 */
function lostPorts(old: LoadBalancerAccess, next: LoadBalancerAccess): Problem[] {
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
  return [isBrowsed ? danger(summary) : warning(summary)];
}

function closedPorts(old: LoadBalancerAccess, next: LoadBalancerAccess): Problem[] {
  const ports = new Set(old.listeners.filter(isTcp).map(({ port }) => port));
  const open = next.listeners.filter(
    ({ port }) => ports.has(port) && old.allowedSources(port) === "internet",
  );
  const closed = open.filter(({ port }) => next.allowedSources(port) === "none");
  const narrowed = open.filter(({ port }) => next.allowedSources(port) === "some");
  const subject = `Security groups of ${next.name} no longer allow`;
  return [
    ...(closed.length > 0 ? [danger(`${subject} any traffic to ${portsOf(closed)}.`)] : []),
    ...(narrowed.length > 0
      ? [warning(`${subject} traffic from the internet to ${portsOf(narrowed)}.`)]
      : []),
  ];
}

/**
 * Finds public load balancers whose DNS name changes, without a DNS record or CloudFront distribution that follows
 * the change.
 */
function renamedLoadBalancers({ head, steps }: Comparison): Problem[] {
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
      warning(`${name} is replaced and gets another DNS name from AWS: update its clients.`),
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
