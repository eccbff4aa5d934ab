import type { GraphResource } from "../engine/program/graph";
import { isAws, plainInputs, records } from "../preview/compare/comparison";
import { symbolName } from "../preview/evaluate/placeholders";

/** The types that let somebody in, and their inputs that say whom. */
export const INGRESS = {
  types: ["SecurityGroupIngressRule", "SecurityGroupRule", "SecurityGroup", "DefaultSecurityGroup"],
  inputs: [
    ...["cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks", "ingress"],
    ...["fromPort", "toPort", "ipProtocol", "protocol"],
  ],
};
/** The longest prefix of a range that still is for strangers: two halves of the internet are all of it. */
const WIDE = { ipv4: 7, ipv6: 16 } as const;
/** Protocols by what else they may be called. */
const PROTOCOLS: Readonly<Record<string, string>> = { "6": "tcp", "17": "udp", all: "-1" };
type Inputs = Record<string, unknown>;

/** Whom a security group lets in, and where. */
export interface Ingress {
  /** The security group, by the name in its symbols; undefined for one that the program does not make. */
  readonly group?: string;
  readonly cidrs: readonly string[];
  /** Of a protocol without ports, or of all, they mean nothing. */
  readonly protocol: string;
  readonly fromPort: unknown;
  readonly toPort: unknown;
}

/** What a resource lets in by itself. `own` is the name in its symbols. */
export function ingressOf(resource: GraphResource, own = resource.name): Ingress[] {
  const inputs = plainInputs(resource);
  const group = symbolName(String(inputs.securityGroupId));
  if (isAws(resource, "SecurityGroupIngressRule"))
    return [ingress(inputs, [inputs.cidrIpv4, inputs.cidrIpv6].filter(Boolean), group)];
  if (isAws(resource, "SecurityGroupRule"))
    return inputs.type === "ingress" ? [ingress(inputs, ranges(inputs), group)] : [];
  if (!isAws(resource, "SecurityGroup", "DefaultSecurityGroup")) return [];
  return records(inputs.ingress).map((rule) => ingress(rule, ranges(rule), own));
}

/** Whether a range is (nearly) the whole internet. */
export function isWide(cidr: string): boolean {
  const [address = "", prefix] = cidr.split("/");
  return prefix !== undefined && Number(prefix) <= (address.includes(":") ? WIDE.ipv6 : WIDE.ipv4);
}

function ingress(rule: Inputs, cidrs: readonly unknown[], group: string | undefined): Ingress {
  const said = String(rule.ipProtocol ?? rule.protocol ?? "-1").toLowerCase();
  const protocol = PROTOCOLS[said] ?? said;
  return { group, cidrs: cidrs.map(String), protocol, fromPort: rule.fromPort, toPort: rule.toPort };
}

function ranges(rule: Inputs): unknown[] {
  return [rule.cidrBlocks, rule.ipv6CidrBlocks].flatMap((list) => (Array.isArray(list) ? list : []));
}
