import { BlockList, isIPv4 } from "node:net";

export interface Cidr {
  readonly address: string;
  readonly prefix: number;
}

/** Returns undefined if the text is not an IPv4 range or if its address is not the first one of the range. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = "", bits = ""] = text.split("/");
  const prefix = Number(bits);
  if (!isIPv4(address) || !/^\d{1,2}$/.test(bits) || prefix > 32) return undefined;
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return number % 2 ** (32 - prefix) === 0 ? { address, prefix } : undefined;
}

/** True if `inner` lies completely in `outer`. */
export function covers(outer: Cidr, inner: Cidr): boolean {
  const list = new BlockList();
  list.addSubnet(outer.address, outer.prefix, "ipv4");
  return inner.prefix >= outer.prefix && list.check(inner.address, "ipv4");
}

export function overlap(a: Cidr, b: Cidr): boolean {
  return covers(a, b) || covers(b, a);
}
