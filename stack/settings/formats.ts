import type { Format, Requirement } from "../../components/validation/args-spec";
import { hasArm64, INSTANCE_TYPE } from "../../components/validation/instance-types";

/** Formats that are stricter than those of the components. */

const id = (prefix: string): Format => ({
  pattern: new RegExp(`^${prefix}-[0-9a-f]+$`),
  allowed: `an id such as ${prefix}-0123456789abcdef0`,
});

export const VPC_ID = id("vpc");
export const SUBNET_IDS: Format = {
  pattern: id("subnet").pattern,
  allowed: "a list of two or more ids such as subnet-0123456789abcdef0, each once",
};

/**
 * A pre-release is not allowed, because the names of scripts and artifacts contain plain versions. Build metadata makes
 * another deployment of the same version.
 */
export const DEPLOYED_VERSION: Format = {
  pattern: /^(?=.{1,64}$)(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/,
  allowed: "a version of three numbers, such as 1.2.3; 1.2.3+2 is another deployment of it",
};

export const CONTRACT_ID: Format = {
  pattern: /^\d{4}_[a-z0-9_]+$/,
  allowed: "the id of a contract script, such as 0002_split_name",
};

/** Only public names are allowed, because ACM issues no certificates for others. */
export const PUBLIC_DOMAIN: Format = {
  pattern: /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+([a-z]{2,}|xn--[a-z0-9-]+)$/,
  allowed: "a DNS name such as records.example.com",
};

export const HOSTED_ZONE: Format = {
  pattern: /^Z[A-Z0-9]+$/,
  allowed: "the id of a hosted zone such as Z0123456789ABC",
};

export const ACM_CERTIFICATE_ARN: Format = {
  pattern: /^arn:[a-z0-9-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
  allowed: "the ARN of an ACM certificate",
};

/**
 * The stack's name begins the names of databases (no two hyphens in a row), security groups (not `sg-`), load
 * balancers (not `internal-`) and buckets (not `sthree-` or `amzn-s3-demo-`).
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export const NAME_PREFIX: Format = {
  pattern: /^(?=.{1,14}$)(?!(internal|sg|sthree|amzn-s3-demo)(-|$))[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
  allowed:
    "1 to 14 lower-case letters, digits and single hyphens between them, starting with a letter and not with internal-, sg-, sthree- or amzn-s3-demo- (AWS limits names of load balancers to 32 characters, and 18 are appended)",
};

export const ARM64: Requirement<string> = {
  allowed: "an EC2 instance type with an arm64 (Graviton) processor, such as t4g.small",
  holds: (type) => INSTANCE_TYPE.holds(type) && hasArm64(type),
};

export const AMI_ID: Format = {
  pattern: /^ami-[0-9a-f]+$/,
  allowed: "the id of an image such as ami-0123456789abcdef0",
};

const taggedText = (allowed: string): Format => ({
  pattern: /^(?=.*\S)[^\p{Cc}]{1,256}$/u,
  allowed: `${allowed}, 1 to 256 characters`,
});

export const ACTOR = taggedText("a name such as anna or ci");
export const REASON = taggedText("a text of one line");

export const COMMIT: Format = {
  pattern: /^[0-9a-f]{7,64}$/,
  allowed: "a commit of 7 to 64 hexadecimal digits",
};

export const UPDATE_ID: Format = {
  pattern: /^[\w.:-]{1,128}$/,
  allowed: "1 to 128 letters, digits and _ . : -",
};

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
export const ALARM_NAMES: Format = {
  pattern: /^(?=.*\S)[^\p{Cc}]{1,255}$/u,
  allowed: "a list of one or more names of CloudWatch alarms, each once",
};

/** The cross-field check validates each range. */
export const CIDRS: Format = {
  pattern: /^/,
  allowed: "a list of one or more IPv4 ranges such as 192.0.2.0/24, each once",
};

/** The cross-field check validates the range. */
export const VPC_RANGE: Format = {
  pattern: /^/,
  allowed: "an IPv4 range from /16 to /23 on its boundary, such as 10.0.0.0/16",
};
