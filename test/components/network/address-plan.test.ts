import assert from "node:assert/strict";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { planAddresses, vpcCidrIssue } from "../../../components/network/address-plan";
import { formatIssue } from "../../../components/validation/validation-issue";

const size = (prefix: number) => 2 ** (32 - prefix);
const dotted = (address: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

/** First and last address of a range, by plain arithmetic. */
function bounds(cidr: string): [first: number, last: number] {
  const [network = "", prefix = ""] = cidr.split("/");
  const first = network.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return [first, first + size(Number(prefix)) - 1];
}

/** Ranges that instances can have, on their boundaries. */
const vpc = fc
  .tuple(
    fc.integer({ min: 16, max: 23 }),
    fc.constantFrom("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    fc.nat(),
  )
  .map(([prefix, block, pick]) => {
    const [first, last] = bounds(block);
    const places = (last + 1 - first) / size(prefix);
    return `${dotted(first + (pick % places) * size(prefix))}/${prefix}`;
  });

describe("address plan", () => {
  it("address plan: divides a VPC into sixteen ranges, four for each kind of subnet", () => {
    assert.deepEqual(planAddresses("10.0.0.0/16", 3), {
      publicCidrs: ["10.0.0.0/20", "10.0.16.0/20", "10.0.32.0/20"],
      privateCidrs: ["10.0.64.0/20", "10.0.80.0/20", "10.0.96.0/20"],
      databaseCidrs: ["10.0.128.0/20", "10.0.144.0/20", "10.0.160.0/20"],
    });
    assert.deepEqual(planAddresses("192.168.254.0/23", 2).databaseCidrs, [
      "192.168.255.0/27",
      "192.168.255.32/27",
    ]);
  });

  it("address plan: has no overlaps, stays in the VPC, and gives each subnet at least /27", () => {
    fc.assert(
      fc.property(vpc, fc.constantFrom(2, 3), (cidr, zones) => {
        const ranges = Object.values(planAddresses(cidr, zones)).flat();
        assert.equal(ranges.length, 3 * zones);
        const [first, last] = bounds(cidr);
        const sorted = ranges.map(bounds).sort(([a], [b]) => a - b);
        for (const [index, [from, to]] of sorted.entries()) {
          assert.ok(from >= first && to <= last, `${ranges[index]} leaves ${cidr}`);
          assert.ok(to - from + 1 >= 32);
          assert.equal(from % (to - from + 1), 0, "off its boundary");
          assert.ok(index === 0 || from > (sorted[index - 1]?.[1] ?? 0), `overlap in ${ranges.join(" ")}`);
        }
      }),
    );
  });

  it("address plan: moves no range when a third zone is added", () => {
    fc.assert(
      fc.property(vpc, (cidr) => {
        const three = planAddresses(cidr, 3);
        const two = planAddresses(cidr, 2);
        for (const kind of ["publicCidrs", "privateCidrs", "databaseCidrs"] as const) {
          assert.deepEqual(three[kind].slice(0, 2), two[kind]);
        }
      }),
    );
  });

  it("address plan: rejects a text that is not an IPv4 range", () => {
    for (const cidr of [
      "",
      "10.0.0.0",
      "10.0.0.0/",
      "10.0.0/16",
      "10.0.0.0/33",
      "10.0.0.256/16",
      "010.0.0.0/16",
      "10.0.0.0/016",
      "10.0.0.0/16 ",
      "10.0.0.0/16/16",
      "10.0.0.0/1e1",
      "fd00::/16",
      "ten",
    ]) {
      assert.equal(vpcCidrIssue("cidr", cidr)?.allowed, "an IPv4 range such as 10.0.0.0/16", cidr);
    }
  });

  it("address plan: rejects a range that is too small, too large, or not on its boundary", () => {
    const issue = vpcCidrIssue("network.cidr", "10.0.0.0/24");
    assert.equal(
      issue && formatIssue(issue),
      "network.cidr must be a range with a prefix from /16 to /23 (it is divided into 16 subnets, and a load balancer " +
        'needs /27 or larger), got "10.0.0.0/24". Use a larger range.',
    );
    assert.equal(vpcCidrIssue("cidr", "10.0.0.0/15")?.remedy, "Use a smaller range.");
    assert.equal(vpcCidrIssue("cidr", "10.1.3.0/22")?.remedy, "Did you mean 10.1.0.0/22?");
  });

  it("address plan: rejects addresses that no instance can have, and accepts their neighbors", () => {
    for (const cidr of [
      "0.0.0.0/16",
      "0.255.254.0/23",
      "127.0.0.0/16",
      "127.255.0.0/16",
      "169.254.0.0/16",
      "224.0.0.0/16",
      "255.255.0.0/16",
    ]) {
      assert.match(vpcCidrIssue("cidr", cidr)?.remedy ?? "", /^Use a private range/, cidr);
    }
    for (const cidr of [
      "1.0.0.0/16",
      "126.255.0.0/16",
      "128.0.0.0/16",
      "169.253.0.0/16",
      "169.255.0.0/16",
      "223.255.0.0/16",
    ]) {
      assert.equal(vpcCidrIssue("cidr", cidr), undefined, cidr);
    }
  });
});
