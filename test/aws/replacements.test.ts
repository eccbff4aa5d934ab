import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "mocha";
import { forcesReplacement, isTypeKnown, mayReplace } from "../../aws/replacements";
import schemas from "../../aws/replacements.json";
import { RESOURCE_TYPES } from "../../aws/resource-types";
import { awsServices, randomServices } from "../../simulator/services";

/** The inputs in the SDK's type declarations, by type. */
function declaredInputs(): Map<string, Set<string>> {
  const declared = new Map<string, Set<string>>();
  for (const provider of ["aws", "random"]) {
    const folder = dirname(require.resolve(`@pulumi/${provider}/package.json`));
    for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (!entry.endsWith(".js") || entry.includes("node_modules")) continue;
      const file = join(folder, entry);
      const type = /__pulumiType = '([^']+)'/.exec(readFileSync(file, "utf8"))?.[1];
      if (type === undefined) continue;
      const args = new RegExp(`export interface ${type.split(":").pop()}Args \\{\\n(.*?)\\n\\}`, "s").exec(
        readFileSync(file.replace(/\.js$/, ".d.ts"), "utf8"),
      );
      const inputs = (args?.[1] ?? "").matchAll(/^ {4}(\w+)\??: /gm);
      declared.set(type, new Set([...inputs].map(([, input = ""]) => input)));
    }
  }
  return declared;
}

describe("AWS replacements:", () => {
  it("types and inputs are those of the installed SDK", function () {
    // Reads a declaration file of each type.
    this.timeout(60_000);
    const named = new Map<string, string[]>();
    const name = (type: string, paths: readonly string[]) =>
      named.set(type, [...(named.get(type) ?? []), ...paths]);
    for (const table of Object.values(schemas)) {
      for (const [type, paths] of Object.entries(table)) name(type, paths === "" ? [] : paths.split(" "));
    }
    for (const [type, facts] of Object.entries(RESOURCE_TYPES)) {
      const { replacedBy = [], replacedByPresence = [], keptWhenOmitted = [] } = facts;
      name(type, [
        ...(replacedBy === "every input" ? [] : replacedBy),
        ...replacedByPresence,
        ...keptWhenOmitted,
      ]);
    }
    assert.ok(named.size > 1700);
    const declared = declaredInputs();
    for (const [type, paths] of named) {
      const inputs = declared.get(type);
      assert.ok(inputs, `${type} is not in the SDK`);
      const strange = paths.filter((path) => !inputs.has(/^\w+/.exec(path)?.[0] ?? ""));
      assert.deepEqual(strange, [], type);
    }
  });

  it("types and inputs are unique and in alphabetical order", () => {
    for (const table of Object.values(schemas)) {
      assert.deepEqual(Object.keys(table), Object.keys(table).sort());
      for (const [type, paths] of Object.entries(table)) {
        const list = paths.split(" ");
        assert.deepEqual(list, [...new Set(list)].sort(), type);
      }
    }
    const known = new Set(Object.keys(schemas.replaced));
    const others = [...Object.keys(schemas.replacedByPresence), ...Object.keys(schemas.mayReplace)];
    assert.deepEqual(
      others.filter((type) => !known.has(type)),
      [],
    );
  });

  it("every type of the simulator is known, so that preview and rehearsal agree", () => {
    const types = [...awsServices, ...randomServices].flatMap(({ resources = {} }) => Object.keys(resources));
    assert.ok(types.length > 40);
    assert.deepEqual(
      types.filter((type) => !isTypeKnown(type)),
      [],
    );
  });

  it("inputs that force a replacement differ from those that are updated in place", () => {
    const instance = "aws:rds/instance:Instance";
    assert.equal(forcesReplacement(instance, "storageEncrypted", "update"), true);
    assert.equal(forcesReplacement(instance, "identifier", "update"), false);
    assert.equal(forcesReplacement(instance, "restoreToPointInTime", "add"), true);
    assert.equal(forcesReplacement(instance, "restoreToPointInTime.restoreTime", "update"), false);
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
    const may = (path: string, inputs: Record<string, string>) =>
      mayReplace("aws:lb/loadBalancer:LoadBalancer", [path], inputs);
    assert.deepEqual([may("subnets[2]", {}), may("subnetMappings[0].subnetId", {})], [false, true]);
    assert.equal(may("subnets[2]", { loadBalancerType: "network" }), true);
    assert.equal(mayReplace("other:index:Thing", ["name"]), true);
    // Task definitions are immutable; the service is updated.
    assert.equal(
      forcesReplacement("aws:ecs/taskDefinition:TaskDefinition", "containerDefinitions", "update"),
      true,
    );
    assert.equal(forcesReplacement("aws:ecs/service:Service", "taskDefinition", "update"), false);
    assert.equal(forcesReplacement("aws:ec2/subnet:Subnet", "vpcIdentity", "update"), false);
  });

  it("adding or removing an input with its default value does not replace", () => {
    const balancer = "aws:lb/loadBalancer:LoadBalancer";
    const of = (kind: "add" | "delete" | "update", value?: unknown) =>
      forcesReplacement(balancer, "internal", kind, value);
    assert.deepEqual([of("add", false), of("delete", false)], [false, false]);
    assert.deepEqual([of("add", true), of("delete", true), of("add")], [true, true, true]);
    assert.deepEqual([of("update", false), of("update", true)], [true, true]);
  });

  it("removing an input whose value the resource keeps does not replace", () => {
    const of = (kind: "add" | "delete" | "update", path = "kmsKeyId") =>
      forcesReplacement("aws:rds/instance:Instance", path, kind, "arn");
    assert.deepEqual([of("delete"), of("add"), of("update")], [false, true, true]);
    // Not `Computed` in the schema, so it returns to its default false.
    assert.equal(of("delete", "storageEncrypted"), true);
  });

  it("types of both provider frameworks are known, used here or not", () => {
    const cluster = "aws:redshift/cluster:Cluster";
    assert.equal(forcesReplacement(cluster, "masterUsername", "update"), true);
    assert.equal(forcesReplacement(cluster, "nodeType", "update"), false);
    assert.equal(mayReplace(cluster, ["nodeType"]), false);
    assert.equal(forcesReplacement("aws:sqs/queue:Queue", "fifoQueue", "update"), true);
    assert.equal(forcesReplacement("aws:kms/key:Key", "customerMasterKeySpec", "update"), true);
    assert.equal(forcesReplacement("aws:elasticache/cluster:Cluster", "subnetGroupName", "update"), true);
    const store = "aws:cloudfront/keyValueStore:KeyValueStore";
    assert.equal(forcesReplacement(store, "name", "update"), true);
    assert.equal(forcesReplacement(store, "comment", "update"), false);
    assert.equal(mayReplace("aws:cognito/userPoolClient:UserPoolClient", ["name"]), false);
    assert.equal(
      forcesReplacement("aws:cognito/userPoolClient:UserPoolClient", "generateSecret", "update"),
      true,
    );
    // A former name of the type.
    assert.equal(forcesReplacement("aws:s3/bucketV2:BucketV2", "bucket", "update"), true);
    // No input forces a replacement.
    const gateway = "aws:ec2/internetGateway:InternetGateway";
    assert.deepEqual([isTypeKnown(gateway), mayReplace(gateway, ["vpcId"])], [true, false]);
  });

  it("inputs in a list of blocks match for every item", () => {
    const server = "aws:ec2/instance:Instance";
    for (const path of ["ebsBlockDevices[0].volumeSize", "ebsBlockDevices[12].encrypted"])
      assert.equal(forcesReplacement(server, path, "update"), true, path);
    for (const path of ["ebsBlockDevices[0].tags", "ebsBlockDevices[0].tags.volumeSize"])
      assert.equal(forcesReplacement(server, path, "update"), false, path);
    assert.equal(forcesReplacement(server, "rootBlockDevice.encrypted", "update"), true);
    assert.equal(forcesReplacement(server, "rootBlockDevice.volumeSize", "update"), false);
  });

  it("adding or removing a block of a fixed number replaces, changing its content does not", () => {
    const server = "aws:ec2/instance:Instance";
    assert.equal(forcesReplacement(server, "ephemeralBlockDevices[1]", "add"), true);
    assert.equal(forcesReplacement(server, "ephemeralBlockDevices", "delete"), true);
    assert.equal(forcesReplacement(server, "ephemeralBlockDevices[1].virtualName", "update"), false);
    const domain = "aws:opensearch/domain:Domain";
    assert.equal(forcesReplacement(domain, "vpcOptions", "add"), true);
    assert.equal(forcesReplacement(domain, "vpcOptions.subnetIds[0]", "update"), false);
  });

  it("may replace when the provider's code or a newer schema decides", () => {
    const may = (type: string, path: string) => mayReplace(type, [path]);
    assert.equal(may("aws:rds/cluster:Cluster", "storageType"), true);
    assert.equal(
      may("aws:batch/computeEnvironment:ComputeEnvironment", "computeResources.bidPercentage"),
      true,
    );
    assert.equal(may("aws:eks/cluster:Cluster", "kubeApiServerConfig"), true);
    assert.equal(may("aws:lambdamicrovms/image:Image", "name"), true);
  });

  it("a security group rule is replaced for another kind of source, updated for another range", () => {
    const rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    assert.equal(forcesReplacement(rule, "cidrIpv4", "update"), false);
    assert.equal(forcesReplacement(rule, "cidrIpv4", "delete"), true);
    assert.equal(forcesReplacement(rule, "referencedSecurityGroupId", "add"), true);
    assert.equal(forcesReplacement(rule, "description", "add"), false);
  });

  it("another region replaces every AWS resource", () => {
    for (const type of ["aws:s3/bucket:Bucket", "aws:lambdamicrovms/image:Image"])
      assert.equal(forcesReplacement(type, "region", "update"), true);
    assert.equal(forcesReplacement("other:index:Thing", "region", "update"), false);
  });
});
