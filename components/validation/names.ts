import { InvalidArgumentError, isStandIn } from "./invalid-argument";

/** What Pulumi appends to a name it makes: a hyphen and seven hex digits. */
export const AUTO_NAME_SUFFIX_LENGTH = 8;

/** What a component's name must be, because AWS gets names that begin with it. */
export interface NameRule {
  /** The longest name that AWS takes of the resource that bounds it most. */
  readonly most: number;
  /** What the component appends to its own name there. Default: nothing. */
  readonly suffix?: string;
  readonly pattern: RegExp;
  /** The pattern in words. */
  readonly characters: string;
}

/**
 * Names of load balancers; and that of a security group may not begin with `sg-`.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
 */
export const LOAD_BALANCER: NameRule = {
  most: 32,
  pattern: /^(?!internal-|sg-)[a-zA-Z0-9][a-zA-Z0-9-]*$/,
  characters: "letters, digits and hyphens, not starting with a hyphen, internal- or sg-",
};

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html */
export const FLEET: NameRule = {
  most: 32,
  suffix: "-green",
  pattern: /^(?!sg-)[a-zA-Z0-9][a-zA-Z0-9-]*$/,
  characters: "letters, digits and hyphens, not starting with a hyphen or sg-",
};

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html */
export const FLEET_COLOR: NameRule = {
  most: 128,
  pattern: /^[\w()./-]+$/,
  characters: "letters, digits and - _ . / ( )",
};

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html */
export const DATABASE: NameRule = {
  most: 63,
  pattern: /^(?!sg-)[a-zA-Z](-?[a-zA-Z0-9])*$/,
  characters: "letters, digits and single hyphens between them, starting with a letter and not with sg-",
};

/** @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
export function ofFunction(suffix: string): NameRule {
  return {
    most: 64,
    suffix,
    pattern: /^(?!sg-)[\w-]+$/,
    characters: "letters, digits, hyphens and underscores, not starting with sg-",
  };
}

/** Flow logs alone have a name: that of their role and of their log group. */
export const FLOW_LOGS: NameRule = {
  most: 64,
  suffix: "-flow",
  pattern: /^[\w.-]+$/,
  characters: "letters, digits, hyphens, underscores and dots",
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const BUCKET: NameRule = {
  most: 63,
  suffix: "-artifacts",
  pattern: /^(?!xn--|sthree-|amzn-s3-demo-|.*\.\.)[a-z0-9][a-z0-9.-]*$/i,
  characters:
    "letters, digits, hyphens and single dots, starting with a letter or digit and not with xn--, sthree- or amzn-s3-demo-",
};

/** A dashboard has the fewest characters, an alarm the longest name. */
export function ofAlarm(suffix: string): NameRule {
  return {
    most: 255,
    suffix,
    pattern: /^[\w-]+$/,
    characters: "letters, digits, hyphens and underscores",
  };
}

/** Refuses a component's name that makes one which AWS would refuse. Pulumi itself takes any. */
export function checkName(component: string, name: string, rule: NameRule): void {
  const { most, suffix = "", pattern, characters } = rule;
  const longest = most - AUTO_NAME_SUFFIX_LENGTH - suffix.length;
  const isTooLong = name.length > longest;
  if (isStandIn(name) || (!isTooLong && pattern.test(name))) return;
  throw new InvalidArgumentError({
    what: `${component} name`,
    got: name,
    allowed: `1 to ${longest} ${characters} (AWS bounds names to ${most} characters, and ${most - longest} are appended)`,
    todo: isTooLong ? "Give a shorter name." : "Give another name.",
  });
}
