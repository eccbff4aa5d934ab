/**
 * Validation rules that several components share. Each is exactly as strict as AWS, which would refuse only half way
 * through an update.
 */

import { isLate, type Rule, text } from "./invalid-argument";

/** `aws`, `aws-cn`, `aws-us-gov`, `aws-iso-b`, `aws-eusc` … @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const PARTITION = "arn:aws[a-z-]*";
const OF_AN_ACCOUNT = "[a-z0-9-]+:\\d{12}";

function arn(service: string, resource: string, allowed: string, example: string): Rule<string> {
  const pattern = new RegExp(`^${PARTITION}:${service}:${OF_AN_ACCOUNT}:${resource}$`);
  return text(pattern, `${allowed}, such as arn:aws:${service}:eu-central-1:123456789012:${example}`);
}

const ACM_CERTIFICATE = arn(
  "acm",
  "certificate/[\\w-]+",
  "the ARN of a certificate of ACM",
  "certificate/1a2b3c4d",
);
const IAM_CERTIFICATE = new RegExp(`^${PARTITION}:iam::\\d{12}:server-certificate/[\\x21-\\x7e]+$`);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_InstanceProfile.html */
export const INSTANCE_PROFILE_ARN = text(
  new RegExp(`^${PARTITION}:iam::\\d{12}:instance-profile/[\\x21-\\x7e]+$`),
  "the ARN of an instance profile, such as arn:aws:iam::123456789012:instance-profile/shop",
);

/** ACM's, or one that was uploaded to IAM, which regions without ACM still need. */
export const CERTIFICATE_ARN: Rule<string> = {
  allowed: `${ACM_CERTIFICATE.allowed}, or of a server certificate of IAM`,
  holds: (value) => ACM_CERTIFICATE.holds(value) || IAM_CERTIFICATE.test(value),
};

const elb = (resource: string, allowed: string, example: string) =>
  arn("elasticloadbalancing", resource, allowed, example);

export const LISTENER_ARN = elb(
  "listener/app/[\\w/-]+",
  "the ARN of an Application Load Balancer's listener",
  "listener/app/shop/0123456789abcdef/fedcba9876543210",
);

export const TARGET_GROUP_ARN = elb(
  "targetgroup/[\\w/-]+",
  "the ARN of a target group",
  "targetgroup/shop-blue/0123456789abcdef",
);

export const SECRET_ARN = arn(
  "secretsmanager",
  "secret:\\S+",
  "the ARN of a secret of Secrets Manager",
  "secret:shop-a1b2c3",
);

/** An alias will not do: IAM permits the use of keys by their own ARN alone. */
export const KMS_KEY_ARN = arn(
  "kms",
  "key/\\S+",
  "the ARN of a KMS key",
  "key/1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d",
);

export const TOPIC_ARN = arn("sns", "[\\w-]+(?:\\.fifo)?", "the ARN of an SNS topic", "on-call");

/** As CloudWatch names them; an alarm on another name would never go off, and nobody would be told. */
export const LOAD_BALANCER_SUFFIX = text(
  /^app\/[\w/-]+$/,
  "the end of a load balancer's ARN, such as app/shop/0123456789abcdef",
);
export const TARGET_GROUP_SUFFIX = text(
  /^targetgroup\/[\w/-]+$/,
  "the end of a target group's ARN, such as targetgroup/shop-blue/0123456789abcdef",
);

const id = (prefix: string) =>
  text(new RegExp(`^${prefix}-[\\w-]+$`), `an id such as ${prefix}-0123456789abcdef0`);

export const VPC_ID = id("vpc");
/** One of another account has that before it, where a VPC is shared or peered. */
export const SECURITY_GROUP_ID = text(/^(\d{12}\/)?sg-[\w-]+$/, "an id such as sg-0123456789abcdef0");
const SUBNET_ID = id("subnet");

/**
 * Ids of subnets. One that is listed twice counts once, as for AWS; those that are not known yet count each.
 * @param least load balancers and databases need two, in different zones; a function and a group of servers need one.
 */
export function subnets(least: 1 | 2, most = Number.POSITIVE_INFINITY): Rule<readonly unknown[]> {
  const count = least === 2 ? "two ids or more of subnets in different zones" : "one id of a subnet or more";
  return {
    allowed: `${count}${Number.isFinite(most) ? ` (at most ${most})` : ""}, such as subnet-0123456789abcdef0`,
    holds: (ids) => {
      const known = ids.filter((each) => !isLate(each));
      const different = new Set(known).size + ids.length - known.length;
      return different >= least && different <= most && known.every((each) => SUBNET_ID.holds(String(each)));
    },
  };
}

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_VpcConfig.html */
export const FUNCTION_SUBNETS = subnets(1, 16);

/** @see https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html */
export const HOSTED_ZONE_ID = text(
  /^(\/hostedzone\/)?[A-Z0-9]{1,32}$/,
  "the id of a hosted zone such as Z0123456789ABC",
);

const LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";
const DNS_NAME = new RegExp(`^(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*\\.?$`, "i");

/** One label is a name, too, in a network of one's own; a dot may end it. */
export const DOMAIN_NAME: Rule<string> = {
  allowed: "a DNS name such as records.example.com, of at most 253 characters",
  holds: (value) => value.length <= 254 && DNS_NAME.test(value),
};

/** @see https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html */
export const CERTIFICATE_DOMAIN: Rule<string> = {
  allowed: "a DNS name such as records.example.com, of at most 64 characters in a certificate",
  holds: (value) => value.length <= 64 && DNS_NAME.test(value) && /\.[^.]+$/.test(value),
};

/** AWS's way to name what runs on Graviton. @see https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html */
export const ARM64_TYPE = /^(a1|[a-z]+\d+[a-z-]*g[a-z0-9-]*)\.[a-z0-9-]+$/;

export const INSTANCE_TYPE = text(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/, "an EC2 instance type such as t4g.small");

/** What the default image runs on. */
export const ARM64_INSTANCE_TYPE = text(
  ARM64_TYPE,
  "an EC2 instance type with an arm64 (Graviton) processor, such as t4g.small, as long as imageId is left to its default",
  "Give an image for that type's processor in imageId, or another type.",
);

export const IMAGE_ID = text(
  /^(ami-\w+|resolve:ssm:\S+)$/,
  "an id such as ami-0123456789abcdef0, or resolve:ssm: and the name of a parameter",
);

export const INSTANCE_CLASS = text(
  /^db\.[a-z0-9-]+(\.[a-z0-9-]+)+$/,
  "an RDS instance class such as db.t4g.medium",
);

/** The oldest buckets have capitals, underscores and long names. */
export const BUCKET_NAME = text(/^[\w.-]{3,255}$/, "a bucket's name, such as our-logs");

/** As the migrations' function compares them, by Semantic Versioning. */
/** @see https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string */
export const VERSION = text(
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*))*)?(\+[\da-zA-Z-]+(\.[\da-zA-Z-]+)*)?$/,
  "a version of three numbers, such as 1.2.3, and with a pre-release, such as 1.2.3-rc.1",
);

export const NOT_EMPTY = text(/\S/, "a text that is not empty");

/** With or without a version or an alias at its end. @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export const FUNCTION_NAME = text(
  new RegExp(
    `^(?:${PARTITION}:lambda:${OF_AN_ACCOUNT}:function:|(?:\\d{12}:)?function:)?[\\w-]{1,64}(?::[\\w$-]+)?$`,
  ),
  "a function's name or its ARN",
);
export const FUNCTION_VERSION = text(/^[\w$.-]{1,128}$/, "a published version of the function, such as 7");

/** IAM is the strictest of all that carry tags. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
const TAG_CHARACTERS = "letters, digits, spaces and _ . : / = + - @";
export const TAG_KEY: Rule<string> = {
  allowed: `a key of 1 to 128 ${TAG_CHARACTERS}, which does not begin with aws:`,
  holds: (value) => /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu.test(value),
};
export const TAG_VALUE: Rule<string> = {
  allowed: `at most 256 ${TAG_CHARACTERS}`,
  holds: (value) => /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value),
};
