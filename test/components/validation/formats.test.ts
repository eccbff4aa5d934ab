import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { MAINTENANCE_WINDOW } from "../../../components/database/rds-windows";
import { HOST } from "../../../components/load-balancer/request-conditions";
import type { Format } from "../../../components/validation/args-spec";
import { requirementIssue } from "../../../components/validation/find-issues";
import {
  BUCKET,
  CERTIFICATE_ARN,
  CERTIFICATE_DOMAIN,
  DOMAIN_NAME,
  FUNCTION_NAME,
  FUNCTION_VERSION,
  HOSTED_ZONE_ID,
  IMAGE_ID,
  KMS_KEY_ARN,
  KMS_KEYS_ARN,
  LISTENER_ARN,
  LOAD_BALANCER_SUFFIX,
  NOT_EMPTY,
  SECRET_ARN,
  SECURITY_GROUP_ID,
  SUBNET_ID,
  subnetList,
  TAG_KEY,
  TAG_VALUE,
  TARGET_GROUP_ARN,
  TARGET_GROUP_SUFFIX,
  TOPIC_ARN,
  VERSION,
  VPC_ID,
} from "../../../components/validation/formats";
import { isVersion } from "../../../migrations/script/version";
import { PLACEHOLDERS } from "./placeholders";

const arn = (rest: string) => `arn:aws:${rest}`;
const ACCOUNT = "eu-central-1:123456789012";

/** Values that AWS accepts, and values that it rejects. */
const CASES: readonly {
  readonly format: Format;
  readonly valid: readonly string[];
  readonly invalid: readonly string[];
}[] = [
  {
    format: CERTIFICATE_ARN,
    valid: [
      arn(`acm:${ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012`),
      "arn:aws-cn:acm:cn-north-1:123456789012:certificate/1",
      "arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/1",
      "arn:aws-iso-b:acm:us-isob-east-1:123456789012:certificate/1",
      "arn:aws-eusc:acm:eusc-de-east-1:123456789012:certificate/1",
      "arn:aws-iso:acm:us-iso-east-1:123456789012:certificate/1",
      arn("acm:mx-central-1:123456789012:certificate/1"),
      arn("iam::123456789012:server-certificate/cloudfront/ours"),
    ],
    invalid: [
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
    format: LISTENER_ARN,
    valid: [arn(`elasticloadbalancing:${ACCOUNT}:listener/app/ours/50dc6c495c0c9188/f2f7dc8efc522ab2`)],
    invalid: [
      arn(`elasticloadbalancing:${ACCOUNT}:listener/net/ours/1/2`),
      arn(`elasticloadbalancing:${ACCOUNT}:listener-rule/app/ours/1/2/3`),
      arn(`elasticloadbalancing:${ACCOUNT}:loadbalancer/app/ours/1`),
    ],
  },
  {
    format: TARGET_GROUP_ARN,
    valid: [arn(`elasticloadbalancing:${ACCOUNT}:targetgroup/ours-blue/73e2d6bc24d8a067`)],
    invalid: ["targetgroup/ours-blue/73e2d6bc24d8a067", arn(`ec2:${ACCOUNT}:targetgroup/ours/1`)],
  },
  {
    format: SECRET_ARN,
    valid: [arn(`secretsmanager:${ACCOUNT}:secret:rds!db-1a2b-AbCdEf`)],
    invalid: ["shop/database", arn(`ssm:${ACCOUNT}:parameter/shop`)],
  },
  {
    format: KMS_KEY_ARN,
    valid: [
      arn(`kms:${ACCOUNT}:key/1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d`),
      arn(`kms:${ACCOUNT}:key/mrk-1a2b3c4d5e6f1a2b3c4d5e6f1a2b3c4d`),
    ],
    invalid: [
      "1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d",
      "alias/shop",
      arn(`kms:${ACCOUNT}:alias/shop`),
      arn(`kms:${ACCOUNT}:key/*`),
    ],
  },
  {
    format: KMS_KEYS_ARN,
    valid: [arn(`kms:${ACCOUNT}:key/*`), arn(`kms:${ACCOUNT}:key/1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d`)],
    invalid: ["*", arn(`kms:${ACCOUNT}:alias/shop`)],
  },
  {
    format: TOPIC_ARN,
    valid: [arn(`sns:${ACCOUNT}:on-call`)],
    invalid: [
      "on-call",
      arn(`sns:${ACCOUNT}:on-call.fifo`),
      arn(`sns:${ACCOUNT}:`),
      arn(`sqs:${ACCOUNT}:on-call`),
    ],
  },
  {
    format: VPC_ID,
    valid: ["vpc-1a2b3c4d", "vpc-0123456789abcdef0"],
    invalid: ["", "vpc-", "ours", "subnet-1"],
  },
  {
    format: SECURITY_GROUP_ID,
    valid: ["sg-0123456789abcdef0", "123456789012/sg-1a2b3c4d"],
    invalid: ["", "sg-", "default", "1/sg-1a2b3c4d"],
  },
  {
    format: SUBNET_ID,
    valid: ["subnet-1a2b3c4d", "subnet-0123456789abcdef0"],
    invalid: ["", "subnet-", "vpc-1"],
  },
  {
    format: HOSTED_ZONE_ID,
    valid: ["Z0123456789ABC", "/hostedzone/Z1"],
    invalid: ["", "example.com", "z1"],
  },
  {
    format: DOMAIN_NAME,
    valid: [
      ...["shop.example.com", "*.example.com", "Shop.Example.com", "a_b.example.com", "shop.xn--p1ai"],
      ...["shop", "shop.example.com.", `${"a".repeat(63)}.${"b".repeat(63)}.example`],
    ],
    invalid: [
      "",
      "https://shop.example.com",
      "-shop.example.com",
      "a..b",
      `${"a".repeat(64)}.com`,
      "a.".repeat(128),
    ],
  },
  {
    format: CERTIFICATE_DOMAIN,
    valid: ["shop.example.com", "*.example.com", `${"a".repeat(52)}.example.com`],
    invalid: [
      "",
      "shop",
      "shop.example.com.",
      "10.0.0.1",
      "a_b.example.com",
      `${"a".repeat(53)}.example.com`,
    ],
  },
  {
    format: IMAGE_ID,
    valid: [
      "ami-0123456789abcdef0",
      "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023",
      "resolve:ssm:golden:7",
    ],
    invalid: ["", "al2023", "ssm:/aws/service"],
  },
  {
    format: BUCKET,
    valid: ["our-logs", "a.b", "Our_Logs"],
    invalid: ["", "ab", "s3://logs", "arn:aws:s3:::logs", "our logs"],
  },
  {
    format: FUNCTION_NAME,
    valid: [
      ...["shop-migrate_1", "shop:7", "shop:$LATEST", "123456789012:function:shop", "function:shop"],
      ...[arn(`lambda:${ACCOUNT}:function:shop`), arn(`lambda:${ACCOUNT}:function:shop:live`)],
    ],
    invalid: ["", "my function", arn("lambda:shop")],
  },
  { format: FUNCTION_VERSION, valid: ["7", "$LATEST", "$LATEST.PUBLISHED", "live"], invalid: ["", "1 0"] },
  {
    format: HOST,
    valid: ["shop.example.com", "*.example.com", "my_shop.example.com", "SHOP?.example.Com", "*.com"],
    invalid: [
      "shop",
      "10.0.0.1",
      "shop..example.com",
      ".com",
      "shop.example.com.",
      "-",
      "..",
      "*",
      "shop.example.c0m",
      "shop.*",
      "",
    ],
  },
  {
    format: MAINTENANCE_WINDOW,
    valid: ["sun:03:00-sun:04:00", "Sun:03:00-SUN:04:00"],
    invalid: ["sunday:03:00-sunday:04:00", "Sun:3:00-Sun:4:00", "03:00-04:00"],
  },
  { format: TAG_KEY, valid: ["team", "cost center", "Größe"], invalid: ["", "aws:team", "AWS:team", "a#b"] },
  { format: TAG_VALUE, valid: ["", "shop", "a".repeat(256)], invalid: ["a".repeat(257), "a;b"] },
  {
    format: TARGET_GROUP_SUFFIX,
    valid: ["targetgroup/ours/1"],
    invalid: ["", "app/ours/1", arn(`elasticloadbalancing:${ACCOUNT}:targetgroup/ours/1`)],
  },
  { format: NOT_EMPTY, valid: ["a"], invalid: ["", " "] },
  {
    format: LOAD_BALANCER_SUFFIX,
    valid: ["app/ours/1"],
    invalid: ["", "net/ours/1", "loadbalancer/app/ours/1"],
  },
];

describe("formats of AWS", () => {
  for (const { format, valid, invalid } of CASES) {
    it(`formats: are as strict as AWS for ${format.allowed}`, () => {
      for (const value of [...valid, ...PLACEHOLDERS])
        assert.equal(requirementIssue("key", value, format), undefined, value);
      for (const value of invalid) assert.equal(requirementIssue("key", value, format)?.got, value);
    });
  }

  it("formats: count a subnet that is listed twice once", () => {
    const { holds } = subnetList(2).requirement;
    assert.ok(holds(["subnet-1", "subnet-2"]) && holds(["subnet-1", "subnet-1", "subnet-2"]));
    for (const ids of [[], ["subnet-1"], ["subnet-1", "subnet-1"]]) assert.ok(!holds(ids), String(ids));
    const one = subnetList(1, 16).requirement;
    assert.ok(one.holds(["subnet-1"]) && one.holds(["subnet-1", "subnet-1"]) && !one.holds([]));
    const many = Array.from({ length: 17 }, (_, index) => `subnet-${index}`);
    assert.ok(holds(many) && !one.holds(many) && one.holds(many.slice(1)));
  });

  it("formats: count each subnet that is unknown until apply", () => {
    const { holds } = subnetList(2).requirement;
    const unknown = { __pulumiUnknown: true };
    for (const each of [Promise.resolve("vpc_id"), unknown, "<getSubnets(vpcId=<Vpc:x.id>).ids[0]>"])
      assert.ok(holds(["subnet-1", each]) && holds([each, each]) && !holds([each]));
  });
});

describe("versions", () => {
  const part = fc.constantFrom(
    "0",
    "1",
    "01",
    "-01",
    "-0a",
    "10",
    "-",
    ".",
    "rc",
    "+",
    "1.5",
    "1.2.3",
    "v",
    " ",
  );
  const isValid = (version: string) => VERSION.pattern.test(version);

  it("versions: are those that the migrations' Lambda accepts", () => {
    for (const version of ["1.5.0", "1.5.0-rc.1", "1.5.0+build.7"]) assert.ok(isValid(version));
    for (const version of ["1.5", "v1.5.0", "1.5.0.0", "01.5.0", "1.5.0-01", "1.5.0+.", ""])
      assert.ok(!isValid(version));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        assert.equal(isValid(parts.join("")), isVersion(parts.join("")));
      }),
      { numRuns: 2000 },
    );
  });
});
