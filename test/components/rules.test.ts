import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Rule } from "../../components/validation/invalid-argument";
import {
  ARM64_INSTANCE_TYPE,
  BUCKET_NAME,
  CERTIFICATE_ARN,
  CERTIFICATE_DOMAIN,
  DOMAIN_NAME,
  FUNCTION_NAME,
  FUNCTION_SUBNETS,
  FUNCTION_VERSION,
  HOSTED_ZONE_ID,
  IMAGE_ID,
  INSTANCE_CLASS,
  INSTANCE_TYPE,
  KMS_KEY_ARN,
  LISTENER_ARN,
  LOAD_BALANCER_SUFFIX,
  NOT_EMPTY,
  SECRET_ARN,
  SECURITY_GROUP_ID,
  subnets,
  TAG_KEY,
  TAG_VALUE,
  TARGET_GROUP_ARN,
  TARGET_GROUP_SUFFIX,
  TOPIC_ARN,
  VERSION,
  VPC_ID,
} from "../../components/validation/rules";
import { isVersion } from "../../migrations/script/version";

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
      "arn:aws-iso:acm:us-iso-east-1:123456789012:certificate/1",
      arn("acm:mx-central-1:123456789012:certificate/1"),
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
    rule: KMS_KEY_ARN,
    takes: [
      arn(`kms:${ACCOUNT}:key/1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d`),
      arn(`kms:${ACCOUNT}:key/mrk-1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d`),
      arn(`kms:${ACCOUNT}:key/*`),
    ],
    refuses: ["1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d", "alias/shop", arn(`kms:${ACCOUNT}:alias/shop`)],
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
  {
    rule: SECURITY_GROUP_ID,
    takes: ["sg-0123456789abcdef0", "123456789012/sg-1a2b3c4d"],
    refuses: ["", "sg-", "default", "1/sg-1a2b3c4d"],
  },
  {
    rule: HOSTED_ZONE_ID,
    takes: ["Z0123456789ABC", "/hostedzone/Z1"],
    refuses: ["", "example.com", "z1"],
  },
  {
    rule: DOMAIN_NAME,
    takes: [
      ...["shop.example.com", "*.example.com", "Shop.Example.com", "a_b.example.com", "shop.xn--p1ai"],
      ...["shop", "shop.example.com.", `${"a".repeat(63)}.${"b".repeat(63)}.example`],
    ],
    refuses: [
      "",
      "https://shop.example.com",
      "-shop.example.com",
      "a..b",
      `${"a".repeat(64)}.com`,
      "a.".repeat(128),
    ],
  },
  {
    rule: CERTIFICATE_DOMAIN,
    takes: ["shop.example.com", "*.example.com", `${"a".repeat(52)}.example.com`],
    refuses: ["", "shop", "shop.example.com.", `${"a".repeat(53)}.example.com`],
  },
  {
    rule: INSTANCE_TYPE,
    takes: [
      ...["t4g.small", "m7i-flex.large", "u-6tb1.metal", "mac2-m2pro.metal", "hpc7g.16xlarge"],
      ...["u7i-12tb.224xlarge", "mac2-m2.metal", "p5en.48xlarge", "c8gd.metal-24xl", "p6e-gb200.36xlarge"],
    ],
    refuses: ["", "large", "t4g", "T4g.small", "db.t4g.small "],
  },
  {
    rule: ARM64_INSTANCE_TYPE,
    takes: [
      "t4g.small",
      "a1.large",
      "m8gb.large",
      "x2gd.metal",
      "im4gn.large",
      "c8gd.metal-24xl",
      "p6e-gb200.36xlarge",
    ],
    refuses: [
      "",
      "t3.small",
      "m7i-flex.large",
      "g5.xlarge",
      "u7i-12tb.224xlarge",
      "mac2-m2.metal",
      "p5en.48xlarge",
    ],
  },
  {
    rule: INSTANCE_CLASS,
    takes: ["db.t4g.micro", "db.x2g.16xlarge"],
    refuses: ["t4g.micro", "db.serverless"],
  },
  {
    rule: IMAGE_ID,
    takes: [
      "ami-0123456789abcdef0",
      "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023",
      "resolve:ssm:golden:7",
    ],
    refuses: ["", "al2023", "ssm:/aws/service"],
  },
  {
    rule: BUCKET_NAME,
    takes: ["our-logs", "a.b", "Our_Logs"],
    refuses: ["", "ab", "s3://logs", "arn:aws:s3:::logs", "our logs"],
  },
  {
    rule: FUNCTION_NAME,
    takes: [
      ...["shop-migrate_1", "shop:7", "shop:$LATEST", "123456789012:function:shop", "function:shop"],
      ...[arn(`lambda:${ACCOUNT}:function:shop`), arn(`lambda:${ACCOUNT}:function:shop:live`)],
    ],
    refuses: ["", "my function", arn("lambda:shop")],
  },
  { rule: FUNCTION_VERSION, takes: ["7", "$LATEST", "$LATEST.PUBLISHED", "live"], refuses: ["", "1 0"] },
  { rule: TAG_KEY, takes: ["team", "cost center", "Größe"], refuses: ["", "aws:team", "AWS:team", "a#b"] },
  { rule: TAG_VALUE, takes: ["", "shop", "a".repeat(256)], refuses: ["a".repeat(257), "a;b"] },
  {
    rule: TARGET_GROUP_SUFFIX,
    takes: ["targetgroup/ours/1"],
    refuses: ["", "app/ours/1", arn(`elasticloadbalancing:${ACCOUNT}:targetgroup/ours/1`)],
  },
  { rule: NOT_EMPTY, takes: ["a"], refuses: ["", " "] },
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

  it("is a list of subnets, of which one that is listed twice counts once", () => {
    const two = subnets(2);
    for (const ids of [
      ["subnet-1", "subnet-2"],
      ["subnet-1", "subnet-1", "subnet-2"],
    ])
      assert.ok(two.holds(ids), String(ids));
    for (const ids of [[], ["subnet-1"], ["subnet-1", "subnet-1"], ["subnet-1", "vpc-1"], ["subnet-1", ""]]) {
      assert.ok(!two.holds(ids), String(ids));
    }
    assert.ok(subnets(1).holds(["subnet-1"]) && subnets(1).holds(["subnet-1", "subnet-1"]));
    assert.ok(!subnets(1).holds([]));
    const many = Array.from({ length: 17 }, (_, index) => `subnet-${index}`);
    assert.ok(two.holds(many) && !FUNCTION_SUBNETS.holds(many));
  });

  it("is a list of subnets that are not all known yet", () => {
    const two = subnets(2);
    const later = Promise.resolve("vpc_id");
    // What other languages send in a preview, for each value that is not known.
    const unknown = { __pulumiUnknown: true };
    for (const each of [later, unknown, "<getSubnets(vpcId=<Vpc:x.id>).ids[0]>"]) {
      assert.ok(two.holds(["subnet-1", each]) && two.holds([each, each]) && !two.holds([each]));
      assert.ok(!two.holds(["vpc-1", each]));
    }
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
