import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import { forcesReplacement, isTypeKnown, mayReplace, REPLACED_BY } from "../../aws/replacements";
import { awsServices, randomServices } from "../../rehearsal/cloud/services";

/** The inputs that the installed SDK declares for a type; undefined where it has no such type. */
function inputsOf(type: string): Set<string> | undefined {
  const [provider = "", module = "", name = ""] = type.split(":");
  const folder = dirname(require.resolve(`@pulumi/${provider}/package.json`));
  const file = join(folder, `${module.replace(/^index\//, "")}.d.ts`);
  if (!existsSync(file)) return undefined;
  const args = new RegExp(`export interface ${name}Args \\{\\n(.*?)\\n\\}`, "s").exec(
    readFileSync(file, "utf8"),
  );
  return new Set([...(args?.[1] ?? "").matchAll(/^ {4}(\w+)\??: /gm)].map(([, input = ""]) => input));
}

describe("table of replacements", () => {
  it("names types and inputs that the installed SDK has", () => {
    for (const [type, named] of Object.entries(REPLACED_BY)) {
      const inputs = inputsOf(type);
      assert.ok(inputs && inputs.size > 0, `${type} is not in the SDK`);
      if (named === "every input") continue;
      const strange = named.filter((input) => !inputs.has(input.split(".")[0] ?? ""));
      assert.deepEqual(strange, [], type);
      assert.deepEqual(named, [...new Set(named)], type);
    }
  });

  it("knows every type of the one-machine cloud, so that a preview and a rehearsal say the same", () => {
    const types = [...awsServices, ...randomServices].flatMap(({ resources = {} }) => Object.keys(resources));
    assert.ok(types.length > 40);
    assert.deepEqual(
      types.filter((type) => !isTypeKnown(type)),
      [],
    );
  });

  it("tells what replaces from what is changed in place, as the provider does", () => {
    const instance = "aws:rds/instance:Instance";
    assert.equal(forcesReplacement(instance, "storageEncrypted", "update"), true);
    assert.equal(forcesReplacement(instance, "identifier", "update"), false);
    assert.equal(forcesReplacement(instance, "restoreToPointInTime.restoreTime", "update"), true);
    assert.equal(forcesReplacement("aws:lambda/permission:Permission", "principal", "update"), true);
    const endpoint = "aws:ec2/vpcEndpoint:VpcEndpoint";
    assert.equal(forcesReplacement(endpoint, "dnsOptions.privateDnsSpecifiedDomains[0]", "add"), true);
    assert.equal(forcesReplacement(endpoint, "dnsOptions.dnsRecordIpType", "update"), false);
    const server = "aws:ec2/instance:Instance";
    assert.equal(forcesReplacement(server, "ami", "update"), true);
    assert.deepEqual(
      [mayReplace(server, ["instanceType"]), mayReplace(server, ["tags.Name"])],
      [true, false],
    );
    assert.equal(mayReplace("other:index:Thing", ["name"]), true);
    // A task definition is never changed; the service that runs it is.
    assert.equal(
      forcesReplacement("aws:ecs/taskDefinition:TaskDefinition", "containerDefinitions", "update"),
      true,
    );
    assert.equal(forcesReplacement("aws:ecs/service:Service", "taskDefinition", "update"), false);
    assert.equal(forcesReplacement("aws:ec2/subnet:Subnet", "vpcIdentity", "update"), false);
  });

  it("replaces a security group rule whose kind of source changes, and keeps one whose range does", () => {
    const rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    assert.equal(forcesReplacement(rule, "cidrIpv4", "update"), false);
    assert.equal(forcesReplacement(rule, "cidrIpv4", "delete"), true);
    assert.equal(forcesReplacement(rule, "referencedSecurityGroupId", "add"), true);
    assert.equal(forcesReplacement(rule, "description", "add"), false);
  });

  it("replaces whatever goes to another region, also where the type is not known", () => {
    for (const type of ["aws:s3/bucket:Bucket", "aws:redshift/cluster:Cluster"])
      assert.equal(forcesReplacement(type, "region", "update"), true);
    assert.equal(forcesReplacement("other:index:Thing", "region", "update"), false);
  });
});
