import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import type { DeployedVersion } from "../../../contract";
import type { Graph } from "../../../engine/program/graph";
import type { Declared } from "../../support/declared";
import { type Config, declare } from "../../support/stack";

const SUBNETS = {
  publicSubnetIds: ["subnet-0a1", "subnet-0a2"],
  privateSubnetIds: ["subnet-0b1", "subnet-0b2"],
  databaseSubnetIds: ["subnet-0c1", "subnet-0c2"],
};
const CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d";

/** A stack in an existing VPC, with an existing certificate. */
const EXISTING: Config = {
  live: "green",
  blueVersion: "1.0.0",
  greenVersion: "1.1.0",
  domainName: "records.example.com",
  certificateArn: CERTIFICATE,
  network: { vpcId: "vpc-0123456789abcdef0", ...SUBNETS },
};

/** The last update published another build of the same version. */
const LAST = {
  release: {
    live: "green",
    versions: { blue: "1.0.0", green: "1.1.0" },
    weights: { blue: 0, green: 100 },
    artifacts: { "web/1.0.0.js": "0".repeat(64) },
  },
};

describe("stack in an existing network", () => {
  let graph: Graph;
  let declared: Declared;
  before(async function () {
    this.timeout(60_000);
    ({ graph, declared } = await declare(EXISTING, { stack: "acme" }, { lastOutputs: LAST }));
  });

  it("existing network: declares no network resource", () => {
    const network = /^(ec2\/(vpc|subnet|route|nat|eip|internet|flow|vpcEndpoint|defaultSecurity))/i;
    assert.deepEqual(
      declared.names.filter((name) => network.test(name)),
      [],
    );
    assert.deepEqual(
      declared.names.filter((name) => name.startsWith("changeover:index:Network")),
      ["changeover:index:Network acme"],
    );
  });

  it("existing network: all resources are in its subnets", () => {
    for (const { inputs } of declared.of("ec2/securityGroup:SecurityGroup")) {
      assert.equal(inputs.vpcId, "vpc-0123456789abcdef0");
    }
    const { subnets } = declared.get("lb/loadBalancer:LoadBalancer", "acme-edge").inputs;
    assert.deepEqual(subnets, SUBNETS.publicSubnetIds);
    const { vpcZoneIdentifiers } = declared.get("autoscaling/group:Group", "acme-web-green").inputs;
    assert.deepEqual(vpcZoneIdentifiers, SUBNETS.privateSubnetIds);
    assert.deepEqual(
      declared.get("rds/subnetGroup:SubnetGroup", "acme").inputs.subnetIds,
      SUBNETS.databaseSubnetIds,
    );
    for (const { inputs } of declared.of("lambda/function:Function")) {
      assert.deepEqual(inputs.vpcConfig.subnetIds, SUBNETS.privateSubnetIds);
    }
  });

  it("existing network: uses the given certificate, and declares none and no DNS record", () => {
    assert.equal(declared.get("lb/listener:Listener", "acme-edge-https").inputs.certificateArn, CERTIFICATE);
    assert.deepEqual(
      declared.names.filter((name) => /^(acm|route53)\//.test(name)),
      [],
    );
    assert.equal(graph.outputs.url, "https://records.example.com");
  });

  it("existing network: warns that a published version has another build", () => {
    const warnings = graph.messages
      .filter(({ severity }) => severity === "warning")
      .map(({ message }) => message);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /^web\/1\.0\.0 is published /);
    const { manifests } = graph.outputs as { manifests: Record<string, string> };
    const { artifacts } = JSON.parse(manifests["1.0.0"] ?? "") as DeployedVersion;
    assert.equal(artifacts.web.sha256, "0".repeat(64));
    assert.match(artifacts.web.url, /\/web\/1\.0\.0\.js$/);
  });
});
