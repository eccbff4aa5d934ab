import { objectsIn, type PlainInputs } from "./json-input";
import { isAwsType } from "./resource-types";

/** The resource types that allow inbound traffic, each with the inputs that name the sources. */
export const INBOUND_RULES = {
  types: ["SecurityGroupIngressRule", "SecurityGroupRule", "SecurityGroup", "DefaultSecurityGroup"],
  inputs: [
    ...["cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks", "ingress"],
    ...["fromPort", "toPort", "ipProtocol", "protocol"],
  ],
};
/**
 * A range with at most this prefix length counts as the whole internet. The limit is not 0, because a rule can also
 * cover the internet with two /1 ranges or a few other large ones.
 */
const INTERNET_PREFIX = { ipv4: 7, ipv6: 16 } as const;
const PROTOCOLS: Readonly<Record<string, string>> = { "6": "tcp", "17": "udp", all: "-1" };

export interface InboundRule {
  /** Id of the security group. Undefined for a rule that is an input of its security group. */
  readonly securityGroupId?: string;
  readonly cidrs: readonly string[];
  /** `-1` means all protocols; the ports are then ignored. */
  readonly protocol: string;
  readonly fromPort: unknown;
  readonly toPort: unknown;
}

export function inboundRules(type: string, inputs: PlainInputs): InboundRule[] {
  const { securityGroupId } = inputs;
  const group = { securityGroupId: String(securityGroupId) };
  if (isAwsType(type, "SecurityGroupIngressRule"))
    return [{ ...group, ...inboundRule(inputs, [inputs.cidrIpv4, inputs.cidrIpv6].filter(Boolean)) }];
  if (isAwsType(type, "SecurityGroupRule"))
    return inputs.type === "ingress" ? [{ ...group, ...inboundRule(inputs, cidrBlocks(inputs)) }] : [];
  if (!isAwsType(type, "SecurityGroup", "DefaultSecurityGroup")) return [];
  return objectsIn(inputs.ingress).map((rule) => inboundRule(rule, cidrBlocks(rule)));
}

/** True for a range that covers all or a large part of the internet. */
export function isInternet(cidr: string): boolean {
  const [address = "", prefix] = cidr.split("/");
  const longest = address.includes(":") ? INTERNET_PREFIX.ipv6 : INTERNET_PREFIX.ipv4;
  return prefix !== undefined && Number(prefix) <= longest;
}

export function coversTcpPort({ protocol, fromPort, toPort }: InboundRule, port: number): boolean {
  return protocol === "-1" || (protocol === "tcp" && Number(fromPort) <= port && port <= Number(toPort));
}

function inboundRule(rule: PlainInputs, cidrs: readonly unknown[]): InboundRule {
  const written = String(rule.ipProtocol ?? rule.protocol ?? "-1").toLowerCase();
  const protocol = PROTOCOLS[written] ?? written;
  return { cidrs: cidrs.map(String), protocol, fromPort: rule.fromPort, toPort: rule.toPort };
}

function cidrBlocks(rule: PlainInputs): unknown[] {
  return [rule.cidrBlocks, rule.ipv6CidrBlocks].flatMap((list) => (Array.isArray(list) ? list : []));
}
