import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { DeclaredResource } from "../support/declared";
import { terraformPlan, terraformType } from "./terraform-plan";

const resource = (
  type: string,
  name: string,
  inputs: object,
  dependencies: string[] = [],
): DeclaredResource => ({
  ...{ urn: `urn:${name}`, type, name, custom: true, protect: false, dependencies, raw: {}, inputs },
});

describe("Terraform plan for scanners", () => {
  it("names types as Terraform's provider does", () => {
    assert.deepEqual(
      [
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:rds/instance:Instance",
        "aws:cloudwatch/logGroup:LogGroup",
      ].map(terraformType),
      ["aws_security_group", "aws_iam_role_policy", "aws_lb", "aws_db_instance", "aws_cloudwatch_log_group"],
    );
  });

  it("writes blocks as lists, and keeps maps and lists of texts", () => {
    const plan = terraformPlan([
      resource("aws:lb/listener:Listener", "http", {
        loadBalancerArn: "arn:edge",
        defaultActions: [{ type: "redirect", redirect: { port: "443" } }],
        tags: { keyOfOurs: "x" },
        subnets: ["subnet-1"],
      }),
    ]);
    assert.deepEqual(plan.planned_values.root_module.resources, [
      {
        ...{ address: "aws_lb_listener.http", mode: "managed", type: "aws_lb_listener", name: "http" },
        values: {
          load_balancer_arn: "arn:edge",
          default_action: [{ type: "redirect", redirect: [{ port: "443" }] }],
          tags: { keyOfOurs: "x" },
          subnets: ["subnet-1"],
        },
      },
    ]);
  });

  it("refers to the resources that a resource depends on, and leaves out other providers", () => {
    const plan = terraformPlan([
      resource("aws:s3/bucket:Bucket", "logs", {}),
      resource("aws:s3/bucketPolicy:BucketPolicy", "logs policy", { bucket: "logs" }, ["urn:logs"]),
      resource("random:index/randomPassword:RandomPassword", "password", {}),
    ]);
    const [, policy, ...others] = plan.configuration.root_module.resources as { expressions: object }[];
    assert.deepEqual(others, []);
    assert.deepEqual(policy?.expressions, {
      bucket: { references: ["aws_s3_bucket.logs.id", "aws_s3_bucket.logs"] },
    });
  });
});
