import assert from "node:assert/strict";
import fc from "fast-check";
import { covers, overlap, parseCidr } from "../../../simulator/cidr";
import { nameFor } from "../../../simulator/names";
import { changedProperties } from "../../../simulator/values";
import { createNetwork, type TestSimulator, urnOf, withSimulator } from "../stack";

describe("simulator: automatic names", () => {
  const rule = { property: "name", maxLength: 32, prefixProperty: "namePrefix" };

  it("automatic names: a random suffix of seven digits stays until a name is given", () => {
    const name = nameFor(rule, "web", {}, {});
    assert.match(String(name), /^web-[0-9a-f]{7}$/);
    assert.equal(nameFor(rule, "web", { name }, {}), name);
    assert.equal(nameFor(rule, "web", { name }, { name: "mine" }), "mine");
    assert.notEqual(nameFor(rule, "web", { name: "mine" }, {}), "mine");
    assert.equal(nameFor(rule, "other", { name }, {}), name, "a resource moved by an alias");
    assert.equal(nameFor(rule, "web", {}, { namePrefix: "w-" }), undefined);
  });

  it("automatic names: a resource name over the limit is rejected", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,40}$/), (resource) => {
        if (resource.length + 8 <= 32) return (nameFor(rule, resource, {}, {})?.length ?? 0) <= 32;
        assert.throws(() => nameFor(rule, resource, {}, {}), /name must be at most 32 characters/);
        return true;
      }),
    );
  });

  it("automatic names: a prefix is used in the outputs", async () => {
    await withSimulator(async (stack) => {
      const role = { namePrefix: "app-", assumeRolePolicy: '{"Statement":[]}' };
      const { outs, inputs } = await stack.create("aws:iam/role:Role", "app", role);
      assert.match(String(outs.name), /^app-[0-9a-f]{26}$/);
      assert.equal(inputs.name, undefined);
    });
  });
});

describe("simulator: diff", () => {
  it("diff: compares values, without absent properties and locations of assets", () => {
    assert.deepEqual(changedProperties({ a: 1, b: undefined }, { a: 1 }), []);
    assert.deepEqual(changedProperties({ a: { b: [1] } }, { a: { b: [2] } }), ["a"]);
    assert.deepEqual(changedProperties({ a: 1 }, {}), ["a"]);
    const asset = (path: string, hash: string) => ({ code: { kind: "asset", path, hash } });
    assert.deepEqual(changedProperties(asset("/a", "1"), asset("/b", "1")), []);
    assert.deepEqual(changedProperties(asset("/a", "1"), asset("/a", "2")), ["code"]);
  });

  it("diff: tells replacements from updates, and detects a removed input", async () => {
    await withSimulator(async (stack) => {
      const type = "aws:ec2/vpc:Vpc";
      const vpc = await stack.create(type, "net", { cidrBlock: "10.0.0.0/16", tags: { a: "b" } });
      assert.deepEqual(await stack.diff(vpc, { cidrBlock: "10.0.0.0/16", tags: { a: "b" } }), {
        changes: false,
        replaces: [],
        unknowns: [],
      });
      assert.equal((await stack.diff(vpc, { cidrBlock: "10.0.0.0/16" }))?.changes, true);
      assert.deepEqual((await stack.diff(vpc, { cidrBlock: "10.1.0.0/16" }))?.replaces, ["cidrBlock"]);
      const bare = await stack.update(vpc, { cidrBlock: "10.0.0.0/16" });
      assert.equal(bare.outs.tags, undefined);
      assert.equal(bare.outs.arn, vpc.outs.arn);
    });
  });

  it("read: returns nothing for a deleted resource", async () => {
    await withSimulator(async (stack) => {
      const vpc = await stack.create("aws:ec2/vpc:Vpc", "net", { cidrBlock: "10.0.0.0/16" });
      assert.equal((await stack.read(vpc))?.cidrBlock, "10.0.0.0/16");
      await stack.delete(vpc);
      assert.equal(await stack.read(vpc), undefined);
      await stack.delete(vpc); // Deleting it again is no error.
    });
  });
});

describe("simulator: CIDR ranges", () => {
  it("CIDR ranges: cover and overlap as their numbers do", () => {
    const range = fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 16, max: 24 }))
      .map(([third, prefix]) => {
        const step = 2 ** (24 - prefix);
        const start = Math.floor(third / step) * step;
        return { text: `10.0.${start}.0/${prefix}`, start, end: start + step };
      });
    fc.assert(
      fc.property(range, range, (a, b) => {
        const [one, two] = [parseCidr(a.text), parseCidr(b.text)];
        assert.ok(one && two);
        assert.equal(covers(one, two), a.start <= b.start && b.end <= a.end);
        assert.equal(overlap(one, two), a.start < b.end && b.start < a.end);
      }),
    );
  });

  it("CIDR ranges: must begin on their own boundary", () => {
    for (const text of ["10.0.0.1/24", "10.0.0.0", "10.0.0.0/33", "x/8", "300.0.0.0/8"]) {
      assert.equal(parseCidr(text), undefined, text);
    }
  });
});

describe("simulator: random", () => {
  async function password(stack: TestSimulator, inputs: Record<string, unknown>): Promise<string> {
    return String(
      (await stack.create("random:index/randomPassword:RandomPassword", "p", inputs)).outs.result,
    );
  }

  it("random: values have the length and characters of the inputs", async () => {
    await withSimulator(async (stack) => {
      assert.match(await password(stack, { length: 40, special: false }), /^[A-Za-z0-9]{40}$/);
      assert.match(await password(stack, { length: 8, minSpecial: 8, overrideSpecial: "_-" }), /^[_-]{8}$/);
      assert.notEqual(await password(stack, { length: 20 }), await password(stack, { length: 20 }));
      const { outs } = await stack.create("random:index/randomId:RandomId", "i", {
        byteLength: 4,
        prefix: "p-",
      });
      assert.match(String(outs.hex), /^p-[0-9a-f]{8}$/);
      assert.equal(String(outs.dec), `p-${Number.parseInt(String(outs.hex).slice(2), 16)}`);
    });
  });

  it("random: values change only with their inputs or keepers", async () => {
    await withSimulator(async (stack) => {
      const inputs = { length: 20, keepers: { version: "1" } };
      const first = await stack.create("random:index/randomString:RandomString", "s", inputs);
      assert.equal((await stack.diff(first, inputs))?.changes, false);
      assert.deepEqual((await stack.diff(first, { ...inputs, keepers: { version: "2" } }))?.replaces, [
        "keepers",
      ]);
    });
  });
});

describe("simulator: data sources", () => {
  it("data sources: return zones, region, subnets and VPCs", async () => {
    await withSimulator(async (stack) => {
      const ask = async (token: string, args = {}) =>
        (await stack.provider("aws:").invoke?.(token, args))?.outputs;
      const zones = await ask("aws:index/getAvailabilityZones:getAvailabilityZones");
      assert.deepEqual(zones.names, ["eu-central-1a", "eu-central-1b", "eu-central-1c"]);
      assert.equal((await ask("aws:index/getRegion:getRegion")).region, "eu-central-1");
      const { subnets, vpcId } = await createNetwork(stack);
      assert.equal((await ask("aws:ec2/getSubnet:getSubnet", { id: subnets[0] })).vpcId, vpcId);
      await assert.rejects(ask("aws:ec2/getVpc:getVpc", { id: "vpc-none" }), /InvalidVpcID.NotFound/);
    });
  });

  it("check: finds the type of a resource inside a component", async () => {
    await withSimulator(async (stack) => {
      const urn = "urn:pulumi:dev::app::changeover:index:Network$aws:ec2/vpc:Vpc::net-vpc";
      const { aws } = stack.simulator.providers;
      const { failures } = (await aws.check?.(urn, {}, { cidrBlock: "nonsense" })) ?? {};
      assert.equal(failures?.length, 1);
      assert.notEqual(urnOf("aws:ec2/vpc:Vpc", "net"), urn);
    });
  });
});
