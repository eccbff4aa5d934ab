import { isObject, objectsIn } from "../../aws/json-input";
import { isAwsType } from "../../aws/resource-types";
import {
  coversTcpPort,
  INBOUND_RULES,
  type InboundRule,
  inboundRules,
  isInternet,
} from "../../aws/security-group-rules";
import type { Graph, GraphResource } from "../../engine/program/graph";
import { Identities } from "../../engine/program/graph-diff";
import { isUnreadable, plainInputs } from "../compare/resources";
import { placeholderName, referenceKey } from "../evaluate/placeholder";

export interface LoadBalancerListener {
  readonly urn: string;
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly redirectsToHttps: boolean;
  readonly forwards: boolean;
}

/** The sources from which security groups allow inbound traffic; undefined if the program does not determine them. */
export type AllowedSources = "internet" | "some" | "none" | undefined;

export interface LoadBalancerAccess {
  readonly name: string;
  /** Undefined if the program does not create the load balancer. */
  readonly isPublic?: boolean;
  readonly listeners: readonly LoadBalancerListener[];
  readonly allowedSources: (port: number) => AllowedSources;
  /** The ranges from which security groups allow TCP to the port; undefined like `allowedSources`. */
  readonly allowedRanges: (port: number) => readonly string[] | undefined;
}

/** A resource, and the matching resource of the base. For a new resource, both are the same. */
interface OwnedResource {
  readonly resource: GraphResource;
  readonly former: GraphResource;
}

/**
 * Load balancers by their name in the base, or by ARN. A load balancer is left out if an input that the findings
 * depend on is secret or unknown.
 */
export function loadBalancersOf(graph: Graph, base: Graph): Map<string, LoadBalancerAccess> {
  const identities = new Identities(base);
  const owned = graph.resources
    .filter(({ custom, read }) => custom && !read)
    .map((resource) => ({ resource, former: identities.find(resource) ?? resource }));
  const allowedRanges = allowedRangesIn(owned);
  const found = new Map<string, LoadBalancerAccess>();
  const unclear = new Set<string>();
  for (const { resource, former } of owned.filter(({ resource: { type } }) =>
    isAwsType(type, "LoadBalancer"),
  )) {
    const { internal, securityGroups } = plainInputs(resource);
    // Load balancers with the same name have the same placeholder.
    if (found.has(former.name) || isUnreadable(resource.inputs.internal)) unclear.add(former.name);
    found.set(former.name, {
      name: resource.name,
      isPublic: internal !== true,
      listeners: [],
      allowedSources: (port) => kindOf(allowedRanges(securityGroups, port)),
      allowedRanges: (port) => allowedRanges(securityGroups, port),
    });
  }
  for (const { resource, former } of owned) {
    const { loadBalancerArn } = plainInputs(resource);
    if (!isAwsType(resource.type, "Listener") || typeof loadBalancerArn !== "string") continue;
    // Such a listener may belong to any load balancer.
    if (isUnreadable(resource.inputs.loadBalancerArn)) return new Map();
    const key = referenceKey(loadBalancerArn);
    const listener = listenerOf(resource, former.urn);
    if (listener === undefined) unclear.add(key);
    const foreign = {
      ...{ name: key.split("/").at(-2) ?? key, listeners: [] },
      ...{ allowedSources: () => undefined, allowedRanges: () => undefined },
    };
    const loadBalancer = found.get(key) ?? foreign;
    if (listener) found.set(key, { ...loadBalancer, listeners: [...loadBalancer.listeners, listener] });
  }
  return new Map([...found].filter(([key]) => !unclear.has(key)));
}

function listenerOf(resource: GraphResource, urn: string): LoadBalancerListener | undefined {
  const { inputs, name } = resource;
  // `HTTP` is the default protocol of an Application Load Balancer.
  const { port, protocol = "HTTP", defaultActions } = plainInputs(resource);
  const deciding = [inputs.port, inputs.protocol, inputs.defaultActions];
  if (deciding.some(isUnreadable) || !Number.isInteger(Number(port))) return undefined;
  const actions = objectsIn(defaultActions);
  const redirects = actions.map(({ redirect }) => (isObject(redirect) ? redirect.protocol : undefined));
  return {
    ...{ urn, name, port: Number(port), protocol: String(protocol) },
    redirectsToHttps: redirects.includes("HTTPS"),
    forwards: actions.some(({ type }) => type === "forward"),
  };
}

function kindOf(ranges: readonly string[] | undefined): AllowedSources {
  if (ranges === undefined) return undefined;
  if (ranges.some(isInternet)) return "internet";
  return ranges.length > 0 ? "some" : "none";
}

function allowedRangesIn(
  owned: readonly OwnedResource[],
): (securityGroups: unknown, port: number) => readonly string[] | undefined {
  const inbound = owned.filter(({ resource: { type } }) => isAwsType(type, ...INBOUND_RULES.types));
  const hasUnreadable = inbound.some(({ resource: { inputs } }) =>
    ["securityGroupId", ...INBOUND_RULES.inputs].some((key) => isUnreadable(inputs[key])),
  );
  const groups = inbound
    .filter(({ resource: { type } }) => isAwsType(type, "SecurityGroup"))
    .map(({ former }) => former.name);
  const isKnown = (group: string | undefined) => groups.filter((each) => each === group).length === 1;
  const rules = inbound.flatMap(({ resource, former }) =>
    inboundRules(resource.type, plainInputs(resource)).map((rule) => ({
      ...{ rule, group: rule.securityGroupId ? placeholderName(rule.securityGroupId) : former.name },
    })),
  );
  return (securityGroups, port) => {
    const ids = Array.isArray(securityGroups) ? securityGroups.map((id) => placeholderName(String(id))) : [];
    if (ids.length === 0 || !ids.every(isKnown) || hasUnreadable) return undefined;
    const applying = rules.filter(({ group }) => ids.includes(group)).map(({ rule }) => rule);
    if (applying.some(isVague)) return undefined;
    const covering = applying.filter((rule) => coversTcpPort(rule, port));
    // A rule without ranges allows another security group or a prefix list.
    return covering.flatMap(({ cidrs }) => (cidrs.length > 0 ? cidrs : ["another source"]));
  };
}

/**
 * True for a rule with a placeholder. A placeholder for a range may stand for the internet, and one for a port may
 * stand for any port.
 */
function isVague({ cidrs, protocol, fromPort, toPort }: InboundRule): boolean {
  const isPort = (port: unknown) => Number.isInteger(Number(port ?? "none"));
  return (
    cidrs.some((cidr) => cidr.includes("<") && !isOneAddress(cidr)) ||
    (protocol === "tcp" && !(isPort(fromPort) && isPort(toPort)))
  );
}

/** True for a range of one address, such as `<Eip:dev-nat.publicIp>/32`. */
function isOneAddress(cidr: string): boolean {
  return /\/(32|128)$/.test(cidr);
}
