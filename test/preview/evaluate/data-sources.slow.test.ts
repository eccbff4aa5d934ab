import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import { FULLY_LISTED, PASSED_ON_OUTPUTS } from "../../../aws/data-sources";
import { type Properties, Secret } from "../../../engine/values/values";
import { queryWithoutCloud } from "../../../preview/evaluate/data-sources";
import { cleanUpAfterAll, preview, Repository, SMALL, stackOf } from "../support";

describe("preview data sources:", () => {
  const query = (token: string, args: Properties = {}, region?: string) => {
    const name = token.split("/").pop();
    return queryWithoutCloud(`aws:${token}:${name}`, args, region);
  };

  for (const [token, outputs] of Object.entries(PASSED_ON_OUTPUTS)) {
    it(`the SDK declares the outputs of ${token}`, () => {
      const declared = declaredOutputs(token);
      for (const output of outputs) assert.equal(declared.get(output), "string", output);
      if (FULLY_LISTED.has(token)) assert.deepEqual([...declared.keys()].sort(), [...outputs].sort());
    });
  }

  it("outputs that a program passes on are placeholders, the rest is unknown", () => {
    const vpc = query("ec2/getVpc", { default: true });
    assert.equal(vpc?.outputs.id, "<getVpc(default=true).id>");
    assert.equal(vpc?.outputs.default, true);
    assert.equal(query("ec2/getVpc", { id: "vpc-1" })?.outputs.id, "vpc-1");
    assert.equal(vpc?.isComplete, false);
    assert.equal(query("index/getCallerIdentity")?.isComplete, true);
    assert.equal(query("ec2/getRouteTables"), undefined);
  });

  it("getRegion and getPartition follow the config and the arguments", () => {
    assert.deepEqual(query("index/getRegion", {}, "eu-central-1")?.outputs.name, "eu-central-1");
    assert.equal(
      query("index/getRegion", { region: "us-east-1" }, "eu-central-1")?.outputs.region,
      "us-east-1",
    );
    assert.deepEqual(
      [query("index/getRegion")?.outputs.name, query("index/getRegion")?.isCertain],
      ["<getRegion.region>", false],
    );
    const partition = (region?: string) => query("index/getPartition", {}, region);
    assert.equal(partition("eu-central-1")?.outputs.partition, "aws");
    assert.equal(partition("us-gov-west-1")?.outputs.partition, "aws-us-gov");
    assert.equal(partition("cn-north-1")?.outputs.reverseDnsPrefix, "cn.com.amazonaws");
    for (const unsure of [undefined, "us-iso-east-1", "eusc-de-east-1"]) {
      assert.equal(partition(unsure)?.isCertain, false, unsure);
      assert.equal(partition(unsure)?.outputs.partition, "<getPartition.partition>");
    }
  });

  it("getAvailabilityZones returns three zones", () => {
    const zones = (region?: string) => query("index/getAvailabilityZones", {}, region);
    assert.deepEqual(zones("eu-central-1")?.outputs.names, [
      "eu-central-1a",
      "eu-central-1b",
      "eu-central-1c",
    ]);
    assert.match(String(zones()?.outputs.names), /^<getAvailabilityZones.names\[0\]>,/);
    assert.ok(!zones("eu-central-1")?.isCertain);
  });

  it("getSubnets returns three subnets", () => {
    const subnets = query("ec2/getSubnets", { filters: [{ name: "vpc-id", values: ["vpc-1"] }] });
    assert.deepEqual(
      subnets?.outputs.ids,
      [0, 1, 2].map((index) => `<getSubnets(filters=[{name=vpc-id,values=[vpc-1]}]).ids[${index}]>`),
    );
    assert.ok(!subnets?.isCertain);
  });

  it("getPolicyDocument is built completely", () => {
    const known = query("iam/getPolicyDocument", { statements: [{ actions: ["s3:*"], resources: ["*"] }] });
    assert.deepEqual(JSON.parse(String(known?.outputs.json)).Statement, [
      { Effect: "Allow", Action: "s3:*", Resource: "*" },
    ]);
    assert.deepEqual([known?.isComplete, known?.isCertain], [true, true]);
  });

  it("a secret argument leaves the result unknown", () => {
    assert.equal(query("ec2/getVpc", { id: new Secret("vpc-1") }), undefined);
  });
});

describe("preview, awaited data sources:", function () {
  this.timeout(60_000);
  cleanUpAfterAll();

  /** Documented in docs/preview.md. */
  const GUESSED = {
    "Object.entries(some.tags).length": "0",
    "Object.keys({ ...some.tags }).length": "0",
    "typeof (some.count + 1)": "string",
    "[...Array(some.count).keys()].length": "1",
    "some.count === 5": "false",
    "Boolean(some.flag)": "true",
  };
  const FAILING = ["some.count * 2", "some.count < 5", "[...some.tags]", 'some.text.split(".")'];

  it("a program fails on an unknown value, or goes on with what JavaScript makes of it", async () => {
    const uses = [...Object.keys(GUESSED), ...FAILING].map((use) => `  (some) => ${use},\n`);
    const program = `import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
const resultOf = (use: (some: any) => unknown, some: any) => {
  try {
    return String(use(some));
  } catch (error) {
    return (error as Error).message.slice(0, 27);
  }
};
const uses: ((some: any) => unknown)[] = [
${uses.join("")}];
export = async () => {
  const some = await aws.rds.getInstance({ dbInstanceIdentifier: "one" });
  pulumi.log.warn(JSON.stringify(uses.map((use) => resultOf(use, some))));
};
`;
    const repository = new Repository({ ...SMALL, "index.ts": program });
    repository.commit();
    const { stdout, stderr } = await preview(["--base", "main", "--format", "json"], repository.folder);
    const [{ message = "[]" } = {}] = stackOf(stdout).messages;
    const failing = FAILING.map(() => "The program needs the value");
    assert.deepEqual(JSON.parse(message), [...Object.values(GUESSED), ...failing], stderr);
  });
});

/** The outputs in the SDK's type declaration. */
function declaredOutputs(token: string): Map<string, string> {
  const sdk = dirname(require.resolve("@pulumi/aws/package.json"));
  const file = join(sdk, `${token.split(":")[1]?.replace(/^index\//, "")}.d.ts`);
  assert.ok(existsSync(file), file);
  const [, result = ""] =
    /export interface \w+Result \{\n([\s\S]*?)\n\}/.exec(readFileSync(file, "utf8")) ?? [];
  return new Map(
    [...result.matchAll(/^ {4}readonly (\w+): (\w+)/gm)].map(([, name = "", type = ""]) => [name, type]),
  );
}
