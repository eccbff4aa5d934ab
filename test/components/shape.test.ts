import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { describe, it } from "mocha";
import { InvalidArgumentError } from "../../components/validation/invalid-argument";
import { checkShape } from "../../components/validation/shape";

function sentence(component: string, args: unknown): string {
  try {
    checkShape(component, "shop", args);
    return "accepted";
  } catch (error) {
    assert.ok(error instanceof InvalidArgumentError, String(error));
    return error.message;
  }
}

const balancer = (more: object) =>
  sentence("LoadBalancer", { vpcId: "vpc-1", subnetIds: ["subnet-1", "subnet-2"], ...more });

describe("the shape of args", () => {
  it("has no key that is not known: what was meant stands before what is allowed", () => {
    assert.match(
      balancer({ vpcID: "vpc-1" }),
      /^LoadBalancer "shop": vpcID: got a key that is not known \(did you mean vpcId\?\); allowed is one of vpcId, .*, tags\.$/,
    );
    assert.match(
      balancer({ colour: "blue" }),
      /colour: got a key that is not known; allowed is one of .*\. Remove it\.$/,
    );
    for (const [component, option] of [
      ["FleetColor", "dependsOn"],
      ["GateCheck", "dependsOn"],
    ] as const) {
      assert.match(
        sentence(component, { [option]: [] }),
        /: got a key that is not known; allowed is one of .*\. It is an option: give it after the args\.$/,
      );
    }
  });

  it("has every arg that is required; one that is missing is told by what it means", () => {
    const gate = { functionName: "fn", functionVersion: "1" };
    const cases: readonly [component: string, args: object | undefined, sees: string][] = [
      ["Gate", {}, "vpcId: got nothing; allowed is a text. It is required: The VPC of the subnets."],
      [
        "Gate",
        { vpcId: null },
        "vpcId: got null; allowed is a text. It is required: The VPC of the subnets.",
      ],
      [
        "Certificate",
        {},
        "domainName: got nothing; allowed is a text. It is required: The name that the certificate is for, e.g. " +
          "`records.example.com` or `*.example.com`; at most 64 characters.",
      ],
      [
        "DrainCheck",
        { gate },
        "color: got nothing; allowed is blue or green. It is required: The color that is retired.",
      ],
      [
        "ArtifactStore",
        {},
        "artifacts: got nothing; allowed is a list. It is required: What instances fetch when they start.",
      ],
      [
        "MigrationStep",
        {},
        "migration: got nothing; allowed is an object with functionName, functionVersion. It is required: Which " +
          "function runs: a `Migration`, or its two outputs.",
      ],
    ];
    for (const [component, args, sees] of cases)
      assert.equal(sentence(component, args), `${component} "shop": ${sees}`);
    assert.match(
      sentence("Network", undefined),
      /^Network "shop": got nothing; allowed is an object with cidr, /,
    );
    assert.equal(
      balancer({ subnetIds: ["subnet-1", undefined] }),
      'LoadBalancer "shop": subnetIds[1]: got nothing; allowed is a text.',
    );
    assert.equal(
      balancer({ internal: null }),
      'LoadBalancer "shop": internal: got null; allowed is true or false, without quotes.',
    );
  });

  it("takes outputs where they are only passed on, and elsewhere says what to do", () => {
    const later = pulumi.output("10.0.0.0/8");
    const tags = pulumi.output({ team: "checkout" });
    assert.equal(balancer({ allowedCidrs: [later], domainName: later, tags }), "accepted");
    assert.equal(
      balancer({ allowedCidrs: pulumi.output(["10.0.0.0/8"]) }),
      'LoadBalancer "shop": allowedCidrs: got an output; allowed is a list. Give a value that is known when the ' +
        "program runs; what is in it may be outputs.",
    );
    assert.equal(
      balancer({ internal: pulumi.output(true) }),
      'LoadBalancer "shop": internal: got an output; allowed is true or false, without quotes. Give a value that is ' +
        "known when the program runs.",
    );
    // A stack's outputs come as a whole, and Pulumi gives the properties of what they will be.
    const targetGroupArns = pulumi.output({ blue: "arn:b", green: "arn:g" });
    const rule = { listenerArn: later, targetGroupArns, weights: { blue: 1, green: 0 } };
    assert.equal(sentence("ProductionRule", rule), "accepted");
  });

  it("does not show a text that stands for an object: it may hold a secret", () => {
    const args = { vpcId: "vpc-1", subnetIds: ["subnet-1"], scriptsDirectory: "migrations" };
    assert.match(
      sentence("Migration", { ...args, database: "postgres://owner:secret@db" }),
      /database: got a value of type string; allowed is an object with address, /,
    );
  });
});
