import { isIPv4 } from "node:net";
import { InvalidArgumentError } from "../validation/invalid-argument";

/** The address ranges of one VPC: one subnet of each kind in each zone. */
export interface AddressPlan {
  readonly publicCidrs: readonly string[];
  readonly privateCidrs: readonly string[];
  readonly databaseCidrs: readonly string[];
}

/**
 * A VPC is cut into 16 equal ranges, four for each kind of subnet, so that a third zone added later moves none of
 * the first two. An ALB needs /27 or larger, hence /23 at most for the VPC.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
 */
const SUBNET_BITS = 4;
const RANGES_PER_KIND = 4;
const WIDEST_PREFIX = 16;
const NARROWEST_PREFIX = 23;

/**
 * Addresses that no server can have: this network, loopback, link-local, multicast and above.
 * @see https://www.rfc-editor.org/rfc/rfc6890
 */
const SPECIAL: readonly [first: number, last: number][] = [
  [at(0), at(0, 255)],
  [at(127), at(127, 255)],
  [at(169, 254), at(169, 254)],
  [at(224), at(255, 255)],
];

/** The first address of a /16. */
function at(first: number, second = 0): number {
  return (first * 256 + second) * 65_536;
}

/**
 * Gives each zone its three ranges.
 * @param what names the setting in an error.
 * @param zoneCount 2 or 3.
 * @throws InvalidArgumentError when the range is no CIDR, too small or too large, not on its boundary, or not for servers.
 */
export function planAddresses(what: string, cidr: string, zoneCount: number): AddressPlan {
  const { base, prefix } = parseRange(what, cidr);
  const subnetPrefix = prefix + SUBNET_BITS;
  const size = 2 ** (32 - subnetPrefix);
  const cidrs = (kind: number) =>
    Array.from(
      { length: zoneCount },
      (_, zone) => `${dotted(base + (kind * RANGES_PER_KIND + zone) * size)}/${subnetPrefix}`,
    );
  return { publicCidrs: cidrs(0), privateCidrs: cidrs(1), databaseCidrs: cidrs(2) };
}

/** The range of a new VPC. */
function parseRange(what: string, cidr: string): Range {
  const { base, prefix } = parseCidr(what, cidr);
  if (prefix < WIDEST_PREFIX || prefix > NARROWEST_PREFIX) {
    throw new InvalidArgumentError({
      what,
      got: cidr,
      allowed: `a prefix from /${WIDEST_PREFIX} to /${NARROWEST_PREFIX} (16 subnets are cut from it, and a load balancer needs /27 or larger)`,
      todo: `Take a ${prefix > NARROWEST_PREFIX ? "larger" : "smaller"} range.`,
    });
  }
  if (SPECIAL.some(([first, last]) => base >= first && base < last + 65_536)) {
    throw new InvalidArgumentError({
      what,
      got: cidr,
      allowed: "a range whose addresses servers can have",
      todo: "Take a private one: in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.",
    });
  }
  return { base, prefix };
}

interface Range {
  readonly base: number;
  readonly prefix: number;
}

/**
 * @param what names the setting in an error.
 * @throws InvalidArgumentError when the text is no IPv4 range, or the range does not start on its boundary.
 */
export function parseCidr(what: string, cidr: string): Range {
  const [network = "", length = ""] = cidr.split("/");
  const prefix = Number(length);
  if (!isIPv4(network) || cidr !== `${network}/${prefix}` || prefix > 32) {
    const allowed = "an IPv4 range such as 10.0.0.0/16";
    throw new InvalidArgumentError({
      what,
      got: cidr,
      allowed,
      todo: "Write four numbers and a prefix length.",
    });
  }
  const base = network.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const size = 2 ** (32 - prefix);
  if (base % size !== 0) {
    const boundary = `${dotted(base - (base % size))}/${prefix}`;
    const allowed = "a range that starts on its own boundary";
    throw new InvalidArgumentError({ what, got: cidr, allowed, todo: `Did you mean ${boundary}?` });
  }
  return { base, prefix };
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
