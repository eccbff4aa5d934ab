import { isIPv4 } from "node:net";
import type { ValidationIssue } from "../validation/validation-issue";

/** The address ranges of one VPC: one subnet of each kind in each zone. */
export interface AddressPlan {
  readonly publicCidrs: readonly string[];
  readonly privateCidrs: readonly string[];
  readonly databaseCidrs: readonly string[];
}

/**
 * The VPC is divided into 16 equal ranges, four for each kind of subnet, so that a third zone can be added without
 * moving the subnets of the first two. An ALB needs a subnet of /27 or larger, so the smallest VPC is /23.
 *
 * @see
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
 */
const SUBNET_BITS = 4;
const RANGES_PER_KIND = 4;
const WIDEST_PREFIX = 16;
const NARROWEST_PREFIX = 23;

/**
 * Addresses that no instance can have: 0.0.0.0/8, loopback, link-local, multicast and reserved.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6890
 */
const SPECIAL_RANGES: readonly [first: number, last: number][] = [
  [firstAddress(0), firstAddress(0, 255)],
  [firstAddress(127), firstAddress(127, 255)],
  [firstAddress(169, 254), firstAddress(169, 254)],
  [firstAddress(224), firstAddress(255, 255)],
];

/** The address `first.second.0.0` as a number. */
function firstAddress(first: number, second = 0): number {
  return (first * 256 + second) * 65_536;
}

/**
 * Assigns each zone one range for each kind of subnet.
 *
 * @param cidr a range for which {@link vpcCidrIssue} finds no issue
 * @param zoneCount 2 or 3
 */
export function planAddresses(cidr: string, zoneCount: number): AddressPlan {
  const { base, prefix } = parseCidr(cidr);
  const subnetPrefix = prefix + SUBNET_BITS;
  const size = 2 ** (32 - subnetPrefix);
  const cidrs = (kind: number) =>
    Array.from(
      { length: zoneCount },
      (_, zone) => `${dotted(base + (kind * RANGES_PER_KIND + zone) * size)}/${subnetPrefix}`,
    );
  return { publicCidrs: cidrs(0), privateCidrs: cidrs(1), databaseCidrs: cidrs(2) };
}

/** Returns an issue if a new VPC cannot have the range. */
export function vpcCidrIssue(key: string, cidr: string): ValidationIssue | undefined {
  const issue = cidrIssue(key, cidr);
  if (issue !== undefined) return issue;
  const { base, prefix } = parseCidr(cidr);
  if (prefix < WIDEST_PREFIX || prefix > NARROWEST_PREFIX) {
    return {
      key,
      allowed: `a range with a prefix from /${WIDEST_PREFIX} to /${NARROWEST_PREFIX} (it is divided into 16 subnets, and a load balancer needs /27 or larger)`,
      got: cidr,
      remedy: `Use a ${prefix > NARROWEST_PREFIX ? "larger" : "smaller"} range.`,
    };
  }
  if (SPECIAL_RANGES.some(([first, last]) => base >= first && base < last + 65_536)) {
    const remedy = "Use a private range: in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.";
    return { key, allowed: "a range whose addresses instances can have", got: cidr, remedy };
  }
  return undefined;
}

/** Returns an issue if the text is not an IPv4 range, or if the range does not start on its own boundary. */
export function cidrIssue(key: string, cidr: string): ValidationIssue | undefined {
  const { network, base, prefix } = parseCidr(cidr);
  if (!isIPv4(network) || cidr !== `${network}/${prefix}` || prefix > 32) {
    const allowed = "an IPv4 range such as 10.0.0.0/16";
    return { key, allowed, got: cidr, remedy: "Write four numbers and a prefix length." };
  }
  const offset = base % 2 ** (32 - prefix);
  if (offset === 0) return undefined;
  const remedy = `Did you mean ${dotted(base - offset)}/${prefix}?`;
  return { key, allowed: "a range that starts on its own boundary", got: cidr, remedy };
}

function parseCidr(cidr: string) {
  const [network = "", length = ""] = cidr.split("/");
  const base = network.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return { network, base, prefix: Number(length) };
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
