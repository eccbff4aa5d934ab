/** Formats of AWS's ids, ARNs and names, exactly as strict as AWS, which would reject a value only during an update. */

import type * as pulumi from "@pulumi/pulumi";
import type { Format, ListForm, Requirement } from "./args-spec";
import { isUnknown } from "./unknown";

/** `aws`, `aws-cn`, `aws-us-gov`, … @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const PARTITION = "arn:aws[a-z-]*";
const REGION_AND_ACCOUNT = "[a-z0-9-]+:\\d{12}";

/** Regions of China and of the government of the US are in partitions of their own, and no others are. */
const IN_PARTITION =
  "(?=arn:aws-cn:[^:]*:cn-|arn:aws-us-gov:[^:]*:us-gov-|arn:aws(?!-cn:|-us-gov:)[a-z-]*:[^:]*:(?!cn-|us-gov-))";

function arn(service: string, resource: string, allowed: string, example: string): Format {
  return {
    pattern: new RegExp(`^${IN_PARTITION}${PARTITION}:${service}:${REGION_AND_ACCOUNT}:${resource}$`),
    allowed: `${allowed}, such as arn:aws:${service}:eu-central-1:123456789012:${example}`,
    isRegional: true,
  };
}

const ACM_CERTIFICATE = arn(
  "acm",
  "certificate/[\\w-]+",
  "the ARN of an ACM certificate",
  "certificate/1a2b3c4d",
);

/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_InstanceProfile.html */
export const INSTANCE_PROFILE_ARN: Format = {
  pattern: new RegExp(`^${PARTITION}:iam::\\d{12}:instance-profile/[\\x21-\\x7e]+$`),
  allowed: "the ARN of an instance profile, such as arn:aws:iam::123456789012:instance-profile/shop",
};

/** Managed policies of AWS have `aws` in place of the account. */
export const POLICY_ARN: Format = {
  pattern: new RegExp(`^${PARTITION}:iam::(\\d{12}|aws):policy/[\\x21-\\x7e]+$`),
  allowed: "the ARN of a managed policy, such as arn:aws:iam::123456789012:policy/shop",
};

export const ROLE_NAME: Format = {
  pattern: /^[\w+=,.@-]{1,64}$/,
  allowed: "the name of a role, of 1 to 64 letters, digits and + = , . @ - _",
};

/** IAM server certificates are allowed, because some regions have no ACM. */
export const CERTIFICATE_ARN: Format = {
  pattern: new RegExp(
    `${ACM_CERTIFICATE.pattern.source}|^${PARTITION}:iam::\\d{12}:server-certificate/[\\x21-\\x7e]+$`,
  ),
  allowed: `${ACM_CERTIFICATE.allowed}, or of an IAM server certificate`,
  isRegional: true,
};

const elb = (resource: string, allowed: string, example: string) =>
  arn("elasticloadbalancing", resource, allowed, example);

export const LISTENER_ARN = elb(
  "listener/app/[\\w-]+/\\w+/\\w+",
  "the ARN of an Application Load Balancer's listener",
  "listener/app/shop/0123456789abcdef/fedcba9876543210",
);

export const LISTENER_RULE_ARN = elb(
  "listener-rule/app/[\\w-]+/\\w+/\\w+/\\w+",
  "the ARN of a listener rule",
  "listener-rule/app/shop/0123456789abcdef/fedcba9876543210/0a1b2c3d4e5f6071",
);

export const TARGET_GROUP_ARN = elb(
  "targetgroup/[\\w-]+/\\w+",
  "the ARN of a target group",
  "targetgroup/shop-blue/0123456789abcdef",
);

export const SECRET_ARN = arn(
  "secretsmanager",
  "secret:\\S+",
  "the ARN of a Secrets Manager secret",
  "secret:shop-a1b2c3",
);

/** An alias is not allowed: IAM permits the use of a key by the key's own ARN only. */
export const KMS_KEY_ARN = arn(
  "kms",
  "key/[\\w-]+",
  "the ARN of a KMS key",
  "key/1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d",
);

/** For a permission, which may have wildcards. */
export const KMS_KEYS_ARN = arn(
  "kms",
  "key/[\\w*-]+",
  "the ARN of KMS keys",
  "key/1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d",
);

/** A web ACL of CloudFront has the scope `global` and cannot be used. */
export const WEB_ACL_ARN = arn(
  "wafv2",
  "regional/webacl/[\\w-]+/[\\w-]+",
  "the ARN of a regional web ACL",
  "regional/webacl/shop/1a2b3c4d-5e6f-1a2b-3c4d-5e6f1a2b3c4d",
);

/** A message to a FIFO topic needs a group, which notifications of alarms and functions do not have. */
export const TOPIC_ARN = arn("sns", "[\\w-]+", "the ARN of an SNS topic that is not a FIFO topic", "on-call");

/** The value of CloudWatch's dimension `LoadBalancer`. With any other value an alarm has no data. */
export const LOAD_BALANCER_SUFFIX: Format = {
  pattern: /^app\/[\w/-]+$/,
  allowed: "the end of a load balancer's ARN, such as app/shop/0123456789abcdef",
};

/** The value of CloudWatch's dimension `TargetGroup`. */
export const TARGET_GROUP_SUFFIX: Format = {
  pattern: /^targetgroup\/[\w/-]+$/,
  allowed: "the end of a target group's ARN, such as targetgroup/shop-blue/0123456789abcdef",
};

const id = (prefix: string): Format => ({
  pattern: new RegExp(`^${prefix}-[\\w-]+$`),
  allowed: `an id such as ${prefix}-0123456789abcdef0`,
});

export const VPC_ID = id("vpc");
export const SUBNET_ID = id("subnet");

/** For a shared or peered VPC, the id is preceded by the account number. */
export const SECURITY_GROUP_ID: Format = {
  pattern: /^(\d{12}\/)?sg-[\w-]+$/,
  allowed: "an id such as sg-0123456789abcdef0",
};

/**
 * A list of one to five ids of security groups.
 *
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups
 */
export function securityGroupList(whenOmitted: string) {
  const requirement: Requirement<readonly unknown[]> = {
    allowed: "1 to 5 different ids of security groups, such as sg-0123456789abcdef0",
    holds: (ids) => {
      const known = ids.filter((each) => !isUnknown(each));
      return ids.length >= 1 && ids.length <= 5 && new Set(known).size === known.length;
    },
  };
  const items = { kind: "string", format: SECURITY_GROUP_ID, input: true } as const;
  return { kind: "list", items, requirement, input: true, whenOmitted } satisfies ListForm<
    pulumi.Input<string>
  > & { input: true; whenOmitted: string };
}

/**
 * A list of subnet ids. Ids must be unique, because AWS counts a repeated id once. Unknown ids count as different.
 *
 * @param min 2 for load balancers and databases, which need two zones
 */
export function subnetList(min: 1 | 2, max = Number.POSITIVE_INFINITY) {
  const count = min === 2 ? "two or more ids of subnets in different zones" : "one or more ids of subnets";
  const requirement: Requirement<readonly unknown[]> = {
    allowed: `${count}${Number.isFinite(max) ? ` (at most ${max})` : ""}, such as subnet-0123456789abcdef0`,
    holds: (ids) => {
      const known = ids.filter((each) => !isUnknown(each));
      const different = new Set(known).size + ids.length - known.length;
      return different >= min && different <= max;
    },
  };
  const items = { kind: "string", format: SUBNET_ID, input: true } as const;
  return { kind: "list", items, requirement, input: true } satisfies ListForm<pulumi.Input<string>> & {
    input: true;
  };
}

/** @see https://docs.aws.amazon.com/Route53/latest/APIReference/API_HostedZone.html */
export const HOSTED_ZONE_ID: Format = {
  pattern: /^(\/hostedzone\/)?[A-Z0-9]{1,32}$/,
  allowed: "the id of a hosted zone such as Z0123456789ABC",
};

const LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";
const DNS_NAME = `(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*\\.?$`;

/** A single label is allowed for names in private networks, and so is a dot at the end. */
export const DOMAIN_NAME: Format = {
  pattern: new RegExp(`^(?=.{1,254}$)${DNS_NAME}`, "i"),
  allowed: "a DNS name such as records.example.com, of at most 253 characters",
};

/** The name that a request is for; only a certificate and a rule have wildcards. */
export const HOST_NAME: Format = {
  pattern: new RegExp(`^(?!\\*)(?=.{1,254}$)${DNS_NAME}`, "i"),
  allowed: "a DNS name without a wildcard, such as records.example.com, of at most 253 characters",
};

/** @see https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html */
export const CERTIFICATE_DOMAIN: Format = {
  pattern: new RegExp(`^(?=.{1,64}$)(?=.*\\.[^.]*[a-z][^.]*$)(?!.*_)${DNS_NAME}`, "i"),
  allowed:
    "a DNS name without underscores, of at most 64 characters (the limit of a certificate), such as records.example.com",
};

export const IMAGE_ID: Format = {
  pattern: /^(ami-[0-9a-f]+|resolve:ssm:\S+)$/,
  allowed: "an id such as ami-0123456789abcdef0, or resolve:ssm: and the name of a parameter",
};

/** Capitals, underscores and long names are allowed, because the oldest buckets have them. */
export const BUCKET: Format = {
  pattern: /^[\w.-]{3,255}$/,
  allowed: "the name of a bucket, such as our-logs",
};

const NUMBER = "(?:0|[1-9]\\d*)";
const PRERELEASE = `(?:${NUMBER}|\\d*[a-zA-Z-][0-9a-zA-Z-]*)`;
const BUILD = "[0-9a-zA-Z-]+";

/**
 * The format of Semantic Versioning, by which the migration Lambda compares versions.
 *
 * @see https://semver.org
 */
export const VERSION: Format = {
  pattern: new RegExp(
    `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${PRERELEASE}(?:\\.${PRERELEASE})*)?(?:\\+${BUILD}(?:\\.${BUILD})*)?$`,
  ),
  allowed: "a version of three numbers, such as 1.2.3, and with a pre-release, such as 1.2.3-rc.1",
};

export const NOT_EMPTY: Format = { pattern: /\S/, allowed: "a text that is not empty" };

/**
 * The name may be followed by a version or an alias.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export const FUNCTION_NAME: Format = {
  pattern: new RegExp(
    `^(?:${PARTITION}:lambda:${REGION_AND_ACCOUNT}:function:|(?:\\d{12}:)?function:)?[\\w-]{1,64}(?::[\\w$-]+)?$`,
  ),
  allowed: "the name or the ARN of a function",
};

export const FUNCTION_VERSION: Format = {
  pattern: /^[\w$.-]{1,128}$/,
  allowed: "a published version of the function, such as 7",
};

/**
 * The characters that IAM allows; other services allow more.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
 */
const TAG_CHARACTERS = "letters, digits, spaces and _ . : / = + - @";

export const TAG_KEY: Format = {
  pattern: /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu,
  allowed: `a key of 1 to 128 ${TAG_CHARACTERS} that does not begin with aws:`,
};

export const TAG_VALUE: Format = {
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u,
  allowed: `at most 256 ${TAG_CHARACTERS}`,
};

export const HTTP_URL: Requirement<string> = {
  allowed: "a URL that begins with http:// or https://, such as https://shop.example.com",
  holds: (url) => /^https?:\/\//i.test(url) && URL.canParse(url),
};

/** The gate adds its own paths. */
export const HTTP_ORIGIN: Requirement<string> = {
  allowed: "a URL with http:// or https:// and a host, without a path, such as https://shop.example.com",
  holds: (text) => {
    if (!HTTP_URL.holds(text)) return false;
    const { pathname, search, hash, username, password } = new URL(text);
    return pathname === "/" && search + hash + username + password === "";
  },
};

export const TIME: Requirement<string> = {
  allowed: "a time in ISO 8601 with a zone, such as 2026-03-01T12:00:00Z",
  holds: (text) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    isDate(text.slice(0, "yyyy-mm-dd".length)),
};

/** JavaScript reads February 30 as March 2. */
function isDate(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}

/** The names of CloudWatch alarms, also of composite alarms. */
export const ALARM_NAMES = {
  kind: "list",
  items: {
    kind: "string",
    format: {
      pattern: /^(?!arn:aws).{1,255}$/u,
      allowed: "the name of an alarm, of 1 to 255 characters, and not its ARN",
    },
    input: true,
  },
  whenOmitted: "none",
  input: true,
} as const;
