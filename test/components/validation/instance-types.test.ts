import assert from "node:assert/strict";
import { InstanceType } from "@pulumi/aws/types/enums/ec2";
import { describe, it } from "mocha";
import { requirementIssue } from "../../../components/validation/find-issues";
import {
  architectureOf,
  hasArm64,
  INSTANCE_CLASS,
  INSTANCE_TYPE,
  isInstanceType,
} from "../../../components/validation/instance-types";

describe("instance types", () => {
  it("instance type: every type of the installed provider exists", () => {
    const all = Object.values(InstanceType);
    assert.ok(all.length > 1000);
    assert.deepEqual(
      all.filter((type) => !isInstanceType(type)),
      [],
    );
  });

  it("instance type: newer generations of a series are accepted, other names are not", () => {
    const newer = ["m10g.large", "c11gn.metal-48xl", "t5g.small", "r9i-flex.2xlarge"];
    assert.deepEqual(newer.map(isInstanceType), [true, true, true, true]);
    for (const type of [
      "",
      "large",
      "t4g",
      "T4g.small",
      "m6i.lage",
      "m6q.large",
      "t4g.4xlarge",
      "m99.large",
      "m10.large",
      "q1.large",
    ])
      assert.equal(isInstanceType(type), false, type);
  });

  it("instance type: the message suggests the type that was probably meant", () => {
    assert.match(
      requirementIssue("instanceType", "m6i.lage", INSTANCE_TYPE)?.remedy ?? "",
      /^Did you mean m6i\.large\?/,
    );
  });

  it("instance type: has the processor that its name tells", () => {
    const arm64 = ["t4g.small", "a1.large", "m8gb.large", "x2gd.metal", "im4gn.large", "p6e-gb200.36xlarge"];
    for (const type of arm64) assert.equal(architectureOf(type), "arm64", type);
    const x86 = ["t3.small", "m7i-flex.large", "g5.xlarge", "u7i-12tb.224xlarge", "p5en.48xlarge"];
    for (const type of x86) assert.equal(architectureOf(type), "x86_64", type);
    assert.equal(architectureOf("mac2-m2.metal"), undefined);
    assert.equal(hasArm64("mac2-m2.metal"), false);
  });

  it("instance class: is an instance type of EC2 with db., or one of the types that only RDS has", () => {
    const isClass = (text: string) => requirementIssue("instanceClass", text, INSTANCE_CLASS) === undefined;
    for (const text of [
      ...[
        "db.t4g.micro",
        "db.t3.2xlarge",
        "db.m5d.xlarge",
        "db.m6idn.large",
        "db.c6gd.xlarge",
        "db.r5b.large",
      ],
      ...[
        "db.x2iedn.32xlarge",
        "db.z1d.large",
        "db.m8gd.large",
        "db.r8g.48xlarge",
        "db.r9i.large",
        "db.t5g.micro",
      ],
      "db.x2g.16xlarge",
      "db.r5.6xlarge.tpc2.mem4x".replace("6xlarge", "4xlarge"),
    ])
      assert.equal(isClass(text), true, text);
    for (const text of [
      ...[
        "t4g.micro",
        "db.serverless",
        "db.m6q.large",
        "db.t4g",
        "db.t4g.lage",
        "db.t4g.nano",
        "db.m6g.metal",
      ],
      ...[
        "db.m6g.medium",
        "db.c7g.large",
        "db.g5.xlarge",
        "db.m7a.large",
        "db.m9.large",
        "db.t2.micro",
        "db.m4.large",
      ],
    ])
      assert.equal(isClass(text), false, text);
  });
});
