import { isIPv6 } from "node:net";
import type { ValidationIssue } from "../validation/validation-issue";

export function isIpv6Range(cidr: string): boolean {
  return cidr.includes(":");
}

/** Returns an issue if the text is not an IPv6 range, or if the range does not start on its own boundary. */
export function ipv6RangeIssue(key: string, cidr: string): ValidationIssue | undefined {
  const [network = "", length = ""] = cidr.split("/");
  const prefix = Number(length);
  if (!isIPv6(network) || network.includes("%") || cidr !== `${network}/${prefix}` || prefix > 128) {
    const allowed = "an IPv6 range such as 2001:db8::/32";
    return { key, allowed, got: cidr, remedy: "Write an address and a prefix length." };
  }
  const hostBits = (1n << BigInt(128 - prefix)) - 1n;
  if ((addressOf(network) & hostBits) === 0n) return undefined;
  const remedy = "Write zeros after its prefix.";
  return { key, allowed: "a range that starts on its own boundary", got: cidr, remedy };
}

/**
 * The subnet of a VPC's range, /64 as AWS requires.
 *
 * @param range a range of /56, such as `2001:db8:0:aa00::/56`
 * @param index 0-255
 */
export function ipv6Subnet(range: string, index: number): string {
  const [network = ""] = range.split("/");
  const address = addressOf(network) + (BigInt(index) << 64n);
  const groups = Array.from({ length: 4 }, (_, group) =>
    ((address >> BigInt(112 - 16 * group)) & 0xffffn).toString(16),
  );
  return `${groups.join(":")}::/64`;
}

/** An IPv6 address as a number. The parser of URLs writes an IPv4 ending as two groups. */
function addressOf(network: string): bigint {
  const { hostname } = new URL(`http://[${network}]/`);
  const [head = "", tail] = hostname.slice(1, -1).split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
