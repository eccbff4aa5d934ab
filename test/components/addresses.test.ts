import assert from "node:assert/strict";
import * as fc from "fast-check";
import { planAddresses } from "../../components/network/address-plan";
import { InvalidArgumentError } from "../../components/validation/invalid-argument";

const size = (prefix: number) => 2 ** (32 - prefix);
const dotted = (address: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

/** First and last address of a range, by plain arithmetic. */
function bounds(cidr: string): [first: number, last: number] {
  const [network = "", prefix = ""] = cidr.split("/");
  const first = network.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return [first, first + size(Number(prefix)) - 1];
}

/** Ranges that servers can have, on their boundaries. */
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

function sentence(cidr: string): string {
  try {
    planAddresses("network.cidr", cidr, 2);
    return "accepted";
  } catch (error) {
    assert.ok(error instanceof InvalidArgumentError, String(error));
    return error.message;
  }
}

describe("the address plan of a VPC", () => {
  it("cuts sixteen ranges and gives each kind of subnet its own four", () => {
    assert.deepEqual(planAddresses("cidr", "10.0.0.0/16", 3), {
      publicCidrs: ["10.0.0.0/20", "10.0.16.0/20", "10.0.32.0/20"],
      privateCidrs: ["10.0.64.0/20", "10.0.80.0/20", "10.0.96.0/20"],
      databaseCidrs: ["10.0.128.0/20", "10.0.144.0/20", "10.0.160.0/20"],
    });
    assert.deepEqual(planAddresses("cidr", "192.168.254.0/23", 2).databaseCidrs, [
      "192.168.255.0/27",
      "192.168.255.32/27",
    ]);
  });

  it("never overlaps, stays inside, and leaves every subnet large enough for a load balancer", () => {
    fc.assert(
      fc.property(vpc, fc.constantFrom(2, 3), (cidr, zones) => {
        const ranges = Object.values(planAddresses("cidr", cidr, zones)).flat();
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

  it("moves nothing when a third zone is added", () => {
    fc.assert(
      fc.property(vpc, (cidr) => {
        const three = planAddresses("cidr", cidr, 3);
        const two = planAddresses("cidr", cidr, 2);
        for (const kind of ["publicCidrs", "privateCidrs", "databaseCidrs"] as const) {
          assert.deepEqual(three[kind].slice(0, 2), two[kind]);
        }
      }),
    );
  });

  it("refuses what is no range", () => {
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
      assert.equal(
        sentence(cidr),
        `network.cidr: got ${JSON.stringify(cidr)}; allowed is an IPv4 range such as 10.0.0.0/16. Write four numbers and a prefix length.`,
      );
    }
  });

  it("refuses what is too small, too large, or off its boundary, and says which way to go", () => {
    const prefixes =
      "a prefix from /16 to /23 (16 subnets are cut from it, and a load balancer needs /27 or larger)";
    assert.equal(
      sentence("10.0.0.0/24"),
      `network.cidr: got "10.0.0.0/24"; allowed is ${prefixes}. Take a larger range.`,
    );
    assert.equal(
      sentence("10.0.0.0/15"),
      `network.cidr: got "10.0.0.0/15"; allowed is ${prefixes}. Take a smaller range.`,
    );
    assert.equal(
      sentence("10.1.3.0/22"),
      'network.cidr: got "10.1.3.0/22"; allowed is a range that starts on its own boundary. Did you mean 10.1.0.0/22?',
    );
  });

  it("refuses addresses that no server can have, and takes their neighbours", () => {
    for (const cidr of [
      "0.0.0.0/16",
      "0.255.254.0/23",
      "127.0.0.0/16",
      "127.255.0.0/16",
      "169.254.0.0/16",
      "224.0.0.0/16",
      "255.255.0.0/16",
    ]) {
      assert.match(
        sentence(cidr),
        /allowed is a range whose addresses servers can have\. Take a private one/,
        cidr,
      );
    }
    for (const cidr of [
      "1.0.0.0/16",
      "126.255.0.0/16",
      "128.0.0.0/16",
      "169.253.0.0/16",
      "169.255.0.0/16",
      "223.255.0.0/16",
    ]) {
      assert.equal(sentence(cidr), "accepted", cidr);
    }
  });
});
