import { INGRESS, type Ingress, ingressOf, isWide } from "../../aws/security-group-rules";
import type { Graph, GraphResource } from "../../engine/program/graph";
import { Identities } from "../../engine/program/graph-diff";
import { isAws, isObject, plainInputs, records } from "../compare/comparison";
import { isHidden } from "../compare/resource";
import { referredTo, symbolName } from "../evaluate/placeholders";

export interface Listener {
  readonly urn: string;
  readonly name: string;
  readonly port: number;
  /** `HTTP` where it says none, as of an Application Load Balancer. */
  readonly protocol: string;
  readonly redirectsToHttps: boolean;
  readonly forwards: boolean;
}

/** A load balancer, its listeners, and who may call it. */
export interface Balancer {
  readonly name: string;
  /** Whether it has public addresses; undefined for one that the program does not make. */
  readonly isPublic?: boolean;
  readonly listeners: readonly Listener[];
  /** Whom its security groups let in at a TCP port; undefined where nobody can read it from the program alone. */
  readonly lets: (port: number) => "strangers" | "some" | "nobody" | undefined;
}

/**
 * Load balancers by the name in their symbols, or by ARN where the program only knows them. Those of which something
 * that decides cannot be read are left out.
 */
export function balancersOf(graph: Graph, base: Graph): Map<string, Balancer> {
  const identities = new Identities(base);
  const named = graph.resources.map((resource) => ({ resource, was: identities.find(resource) ?? resource }));
  const owned = named.filter(({ resource }) => resource.custom && !resource.read);
  const made = owned.filter(({ resource }) => isAws(resource, "LoadBalancer"));
  const lets = letsOf(owned);
  const found = new Map<string, Balancer>();
  const unclear = new Set<string>();
  for (const { resource, was } of made) {
    const { internal, securityGroups } = plainInputs(resource);
    // Two of one name look alike in symbols.
    if (found.has(was.name) || isHidden(resource.inputs.internal)) unclear.add(was.name);
    found.set(was.name, {
      name: resource.name,
      isPublic: internal !== true,
      listeners: [],
      lets: (port) => lets(securityGroups, port),
    });
  }
  for (const { resource, was } of owned) {
    const { loadBalancerArn } = plainInputs(resource);
    if (!isAws(resource, "Listener") || typeof loadBalancerArn !== "string") continue;
    // It may be anybody's.
    if (isHidden(resource.inputs.loadBalancerArn)) return new Map();
    const key = referredTo(loadBalancerArn);
    const listener = listenerOf(resource, was.urn);
    if (listener === undefined) unclear.add(key);
    const unmade: Balancer = { name: key.split("/").at(-2) ?? key, listeners: [], lets: () => undefined };
    const balancer = found.get(key) ?? unmade;
    if (listener) found.set(key, { ...balancer, listeners: [...balancer.listeners, listener] });
  }
  return new Map([...found].filter(([key]) => !unclear.has(key)));
}

function listenerOf(resource: GraphResource, urn: string): Listener | undefined {
  const { port, protocol = "HTTP", defaultActions } = plainInputs(resource);
  const { inputs, name } = resource;
  const decisive = [inputs.port, inputs.protocol, inputs.defaultActions];
  if (decisive.some(isHidden) || !Number.isInteger(Number(port))) return undefined;
  const actions = records(defaultActions);
  const redirects = actions.map(({ redirect }) => (isObject(redirect) ? redirect.protocol : undefined));
  return {
    ...{ urn, name, port: Number(port), protocol: String(protocol) },
    redirectsToHttps: redirects.includes("HTTPS"),
    forwards: actions.some(({ type }) => type === "forward"),
  };
}

type Owned = readonly { readonly resource: GraphResource; readonly was: GraphResource }[];

/** What the program's security groups let in, at a port, by what a load balancer says of its groups. */
function letsOf(owned: Owned): (securityGroups: unknown, port: number) => ReturnType<Balancer["lets"]> {
  const doors = owned.filter(({ resource }) => isAws(resource, ...INGRESS.types));
  const isUnclear = ({ resource: { inputs } }: Owned[number]) =>
    ["securityGroupId", ...INGRESS.inputs].some((key) => isHidden(inputs[key]));
  const groups = doors.filter(({ resource }) => isAws(resource, "SecurityGroup")).map(({ was }) => was.name);
  const all = doors.flatMap(({ resource, was }) => ingressOf(resource, was.name));
  return (securityGroups, port) => {
    const mine = Array.isArray(securityGroups) ? securityGroups.map((id) => symbolName(String(id))) : [];
    const isOurs = (group: string | undefined) => groups.filter((each) => each === group).length === 1;
    if (mine.length === 0 || !mine.every(isOurs) || doors.some(isUnclear)) return undefined;
    const rules = all.filter(({ group }) => mine.includes(group));
    // A range that only a cloud can tell may be the internet.
    const isVague = (cidr: string) => cidr.includes("<");
    if (rules.some(({ cidrs, ...rule }) => cidrs.some(isVague) || !hasPorts(rule))) return undefined;
    const here = rules.filter((rule) => covers(rule, port));
    if (here.some(({ cidrs }) => cidrs.some(isWide))) return "strangers";
    return here.length > 0 ? "some" : "nobody";
  };
}

type Ports = Pick<Ingress, "protocol" | "fromPort" | "toPort">;

function hasPorts({ protocol, fromPort, toPort }: Ports): boolean {
  return protocol !== "tcp" || [fromPort, toPort].every((port) => Number.isInteger(Number(port ?? "none")));
}

function covers({ protocol, fromPort, toPort }: Ports, port: number): boolean {
  return protocol === "-1" || (protocol === "tcp" && Number(fromPort) <= port && port <= Number(toPort));
}
