import { createHash } from "node:crypto";
import { isPlaceholder } from "./unknown";
import type { ValidationIssue } from "./validation-issue";

/** Pulumi appends a hyphen and seven hex digits to a name. */
export const AUTO_NAME_SUFFIX_LENGTH = 8;

/** The limits of a component's name, with which the names of its AWS resources begin. */
export interface NameRule {
  /** The lowest maximum length among the names of the component's AWS resources. */
  readonly maxLength: number;
  /**
   * The text that the component appends in the name of the AWS resource with that maximum.
   *
   * @default nothing
   */
  readonly suffix?: string;
  readonly pattern: RegExp;
  /** The description of the pattern. */
  readonly characters: string;
}

/**
 * Limits of the security group. The load balancer, with its 32 characters, has a shortened name.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
 */
export const LOAD_BALANCER_NAME: NameRule = {
  maxLength: 128,
  pattern: /^(?!internal-|sg-)[a-zA-Z0-9][a-zA-Z0-9-]*$/,
  characters: "letters, digits and hyphens, not starting with a hyphen, internal- or sg-",
};

/** Limits of the IAM role. The target groups, with their 32 characters, have shortened names. */
export const FLEET_NAME: NameRule = {
  maxLength: 64,
  pattern: /^(?!sg-)[a-zA-Z0-9][a-zA-Z0-9-]*$/,
  characters: "letters, digits and hyphens, not starting with a hyphen or sg-",
};

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html */
export const FLEET_COLOR_NAME: NameRule = {
  maxLength: 128,
  pattern: /^[\w()./-]+$/,
  characters: "letters, digits and - _ . / ( )",
};

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html */
export const DATABASE_NAME: NameRule = {
  maxLength: 63,
  pattern: /^(?!sg-)[a-zA-Z](-?[a-zA-Z0-9])*$/,
  characters: "letters, digits and single hyphens between them, starting with a letter and not with sg-",
};

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
export function functionName(suffix: string): NameRule {
  return {
    maxLength: 64,
    suffix,
    pattern: /^(?!sg-)[\w-]+$/,
    characters: "letters, digits, hyphens and underscores, not starting with sg-",
  };
}

/** Limits of the IAM role and the log group of flow logs. */
export const FLOW_LOGS_NAME: NameRule = {
  maxLength: 64,
  suffix: "-flow",
  pattern: /^[\w.-]+$/,
  characters: "letters, digits, hyphens, underscores and dots",
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const BUCKET_NAME: NameRule = {
  maxLength: 63,
  suffix: "-artifacts",
  pattern: /^(?!xn--|sthree-|amzn-s3-demo-|.*\.\.)[a-z0-9][a-z0-9.-]*$/i,
  characters:
    "letters, digits, hyphens and single dots, starting with a letter or digit and not with xn--, sthree- or amzn-s3-demo-",
};

/** Dashboards have the strictest rule for characters, and alarms the longest suffix. */
export function alarmName(suffix: string): NameRule {
  return {
    maxLength: 255,
    suffix,
    pattern: /^[\w-]+$/,
    characters: "letters, digits, hyphens and underscores",
  };
}

/**
 * The longest names of load balancers and target groups.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
 */
export const LOAD_BALANCING_NAME_LENGTH = 32;

const HASH_LENGTH = 6;

/**
 * The name of a resource whose name in AWS has a lower limit than that of the component: as given if it is short enough,
 * else its beginning and a hash of all of it.
 *
 * @param maxLength the limit of AWS
 * @param suffix the text that is appended
 */
export function shortName(name: string, maxLength: number, suffix = ""): string {
  const longest = maxLength - AUTO_NAME_SUFFIX_LENGTH - suffix.length;
  if (name.length <= longest) return name + suffix;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, HASH_LENGTH);
  const start = name.slice(0, longest - HASH_LENGTH - 1).replace(/-+$/, "");
  return `${start}-${hash}${suffix}`;
}

export function nameIssue(name: string, rule: NameRule): ValidationIssue | undefined {
  const { maxLength, suffix = "", pattern, characters } = rule;
  const longest = maxLength - AUTO_NAME_SUFFIX_LENGTH - suffix.length;
  const isTooLong = name.length > longest;
  if (isPlaceholder(name) || (!isTooLong && pattern.test(name))) return undefined;
  return {
    key: "name",
    allowed: `1 to ${longest} ${characters} (AWS limits names to ${maxLength} characters, and ${maxLength - longest} are appended)`,
    got: name,
    remedy: isTooLong ? "Give a shorter name." : "Give another name.",
  };
}
