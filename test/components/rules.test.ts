import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Rule } from "../../components/invalid";
import {
  BUCKET_NAME,
  CERTIFICATE_ARN,
  DOMAIN_NAME,
  FUNCTION_NAME,
  FUNCTION_SUBNETS,
  FUNCTION_VERSION,
  HOSTED_ZONE_ID,
  IMAGE_ID,
  INSTANCE_CLASS,
  INSTANCE_TYPE,
  LISTENER_ARN,
  LOAD_BALANCER_SUFFIX,
  SECRET_ARN,
  subnets,
  TAG_KEY,
  TAG_VALUE,
  TARGET_GROUP_ARN,
  TOPIC_ARN,
  VERSION,
  VPC_ID,
} from "../../components/rules";
import { isVersion } from "../../lambda/migrate/version";

const arn = (rest: string) => `arn:aws:${rest}`;
const ACCOUNT = "eu-central-1:123456789012";

/** What AWS takes, and what it does not. */
const CASES: readonly {
  readonly rule: Rule<string>;
  readonly takes: readonly string[];
  readonly refuses: readonly string[];
}[] = [
  {
    rule: CERTIFICATE_ARN,
    takes: [
      arn(`acm:${ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012`),
      "arn:aws-cn:acm:cn-north-1:123456789012:certificate/1",
      "arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/1",
      "arn:aws-iso-b:acm:us-isob-east-1:123456789012:certificate/1",
      "arn:aws-eusc:acm:eusc-de-east-1:123456789012:certificate/1",
      arn("iam::123456789012:server-certificate/cloudfront/ours"),
    ],
    refuses: [
      "foo",
      "",
      "12345678-1234-1234-1234-123456789012",
      arn("acm:eu-central-1::certificate/1"),
      arn(`acm:${ACCOUNT}:certificate/`),
      arn(`acm:${ACCOUNT}:certificate/1 `),
      arn("iam::123456789012:role/ours"),
    ],
  },
  {
    rule: LISTENER_ARN,
    takes: [arn(`elasticloadbalancing:${ACCOUNT}:listener/app/ours/50dc6c495c0c9188/f2f7dc8efc522ab2`)],
    refuses: [
      arn(`elasticloadbalancing:${ACCOUNT}:listener/net/ours/1/2`),
      arn(`elasticloadbalancing:${ACCOUNT}:listener-rule/app/ours/1/2/3`),
      arn(`elasticloadbalancing:${ACCOUNT}:loadbalancer/app/ours/1`),
    ],
  },
  {
    rule: TARGET_GROUP_ARN,
    takes: [arn(`elasticloadbalancing:${ACCOUNT}:targetgroup/ours-blue/73e2d6bc24d8a067`)],
    refuses: ["targetgroup/ours-blue/73e2d6bc24d8a067", arn(`ec2:${ACCOUNT}:targetgroup/ours/1`)],
  },
  {
    rule: SECRET_ARN,
    takes: [arn(`secretsmanager:${ACCOUNT}:secret:rds!db-1a2b-AbCdEf`)],
    refuses: ["shop/database", arn(`ssm:${ACCOUNT}:parameter/shop`)],
  },
  {
    rule: TOPIC_ARN,
    takes: [arn(`sns:${ACCOUNT}:on-call`), arn(`sns:${ACCOUNT}:on-call.fifo`)],
    refuses: ["on-call", arn(`sns:${ACCOUNT}:`), arn(`sqs:${ACCOUNT}:on-call`)],
  },
  {
    rule: VPC_ID,
    takes: ["vpc-1a2b3c4d", "vpc-0123456789abcdef0"],
    refuses: ["", "vpc-", "ours", "subnet-1"],
  },
  { rule: HOSTED_ZONE_ID, takes: ["Z0123456789ABC", "/hostedzone/Z1"], refuses: ["", "example.com", "z1"] },
  {
    rule: DOMAIN_NAME,
    takes: ["shop.example.com", "*.example.com", "Shop.Example.com", "a_b.example.com", "xn--p1ai.example"],
    refuses: ["", "shop", "https://shop.example.com", "shop.example.com.", "-shop.example.com", "a..b"],
  },
  {
    rule: INSTANCE_TYPE,
    takes: ["t4g.small", "m7i-flex.large", "u-6tb1.metal", "mac2-m2pro.metal", "hpc7g.16xlarge"],
    refuses: ["", "large", "t4g", "T4g.small", "db.t4g.small "],
  },
  {
    rule: INSTANCE_CLASS,
    takes: ["db.t4g.micro", "db.x2g.16xlarge"],
    refuses: ["t4g.micro", "db.serverless"],
  },
  {
    rule: IMAGE_ID,
    takes: ["ami-0123456789abcdef0", "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023"],
    refuses: ["", "al2023", "ssm:/aws/service"],
  },
  { rule: BUCKET_NAME, takes: ["our-logs", "a.b"], refuses: ["", "ab", "Our-Logs", "s3://logs", "logs-"] },
  {
    rule: FUNCTION_NAME,
    takes: ["shop-migrate_1", arn(`lambda:${ACCOUNT}:function:shop`)],
    refuses: ["", "my function", arn("lambda:shop")],
  },
  { rule: FUNCTION_VERSION, takes: ["7", "$LATEST", "live"], refuses: ["", "1.0"] },
  { rule: TAG_KEY, takes: ["team", "cost center", "Größe"], refuses: ["", "aws:team", "AWS:team", "a#b"] },
  { rule: TAG_VALUE, takes: ["", "shop", "a".repeat(256)], refuses: ["a".repeat(257), "a;b"] },
  {
    rule: LOAD_BALANCER_SUFFIX,
    takes: ["app/ours/1"],
    refuses: ["", "net/ours/1", "loadbalancer/app/ours/1"],
  },
];

describe("what AWS takes", () => {
  for (const { rule, takes, refuses } of CASES) {
    it(`is taken, and nothing else, as ${rule.allowed}`, () => {
      for (const value of takes) assert.ok(rule.holds(value), value);
      for (const value of refuses) assert.ok(!rule.holds(value), value);
    });
  }

  it("is a list of subnets, each once", () => {
    const later = Promise.resolve("subnet-1");
    const two = subnets(2);
    assert.ok(two.holds(["subnet-1", "subnet-2"]) && two.holds(["subnet-1", later]));
    // What other languages send in a preview, for each value that is not known.
    const unknown = { __pulumiUnknown: true };
    assert.ok(two.holds([unknown, unknown]) && !two.holds([unknown]));
    for (const ids of [[], ["subnet-1"], ["subnet-1", "subnet-1"], [later, later], ["subnet-1", "vpc-1"]]) {
      assert.ok(!two.holds(ids), String(ids));
    }
    assert.ok(subnets(1).holds(["subnet-1"]) && !subnets(1).holds([]));
    const many = Array.from({ length: 17 }, (_, index) => `subnet-${index}`);
    assert.ok(two.holds(many) && !FUNCTION_SUBNETS.holds(many));
  });
});

describe("a version", () => {
  const part = fc.constantFrom("0", "1", "01", "10", "-", ".", "rc", "+", "1.5", "1.2.3", "v", " ");

  it("is what the migrations' function takes for one", () => {
    for (const version of ["1.5.0", "1.5.0-rc.1", "1.5.0+build.7"]) assert.ok(VERSION.holds(version));
    for (const version of ["1.5", "v1.5.0", "1.5.0.0", "01.5.0", ""]) assert.ok(!VERSION.holds(version));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        assert.equal(VERSION.holds(parts.join("")), isVersion(parts.join("")));
      }),
      { numRuns: 500 },
    );
  });
});
