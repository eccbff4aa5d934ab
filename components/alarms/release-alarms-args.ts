import type * as pulumi from "@pulumi/pulumi";
import { COLORS } from "../fleet/color";
import { type TaggedArgs, tagsSpec } from "../tags/tagged-args";
import type { ArgsSpec, ComponentSpec, Requirement } from "../validation/args-spec";
import { duplicateIssue } from "../validation/find-issues";
import { LOAD_BALANCER_SUFFIX, TAG_VALUE, TARGET_GROUP_SUFFIX } from "../validation/formats";
import { AUTO_NAME_SUFFIX_LENGTH, alarmName, nameIssue } from "../validation/names";
import { isPlaceholder, isUnknown } from "../validation/unknown";
import { ValueDescription } from "../validation/validation-issue";
import { type AlarmLimitArgs, alarmLimitsSpec } from "./alarm-limit-args";
import { alarmTopicsSpec } from "./alarm-topics";

/** One tier with alarms for both colors. */
export interface WatchedTierArgs {
  /** The name of the tier, used in alarms, charts and tags. Names must be unique. */
  tier: string;
  /** The `LoadBalancer` dimension of the load balancer in CloudWatch: the end of its ARN, `app/…`. */
  loadBalancerArnSuffix: pulumi.Input<string>;
  /** The `TargetGroup` dimension of blue's target group in CloudWatch: the end of its ARN, `targetgroup/…`. */
  blueTargetGroupArnSuffix: pulumi.Input<string>;
  /** The `TargetGroup` dimension of green's target group in CloudWatch: the end of its ARN, `targetgroup/…`. */
  greenTargetGroupArnSuffix: pulumi.Input<string>;
  /**
   * The maximum time in seconds from the launch of an instance until it is healthy, 1-1800: the fleet's
   * `startupSeconds`.
   *
   * The alarm for unhealthy targets goes off after this time, but after five minutes at the earliest.
   *
   * @default 300
   */
  startupSeconds?: number;
}

export interface ReleaseAlarmsArgs extends TaggedArgs, AlarmLimitArgs {
  /** The tiers, 1-12. Each tier has up to eight alarms, and a composite alarm can have at most 100. */
  tiers: WatchedTierArgs[];
  /**
   * The SNS topics that the composite alarm notifies, at most 5.
   *
   * @default none
   */
  topicArns?: pulumi.Input<pulumi.Input<string>[]>;
}

/** The alarms of each color of a tier. */
export const COLOR_ALARMS = ["errors", "slow", "unhealthy"] as const;

const tierNames: Requirement<string> = {
  allowed: `a name of ${TAG_VALUE.allowed}`,
  holds: (tier) => tier !== "" && TAG_VALUE.pattern.test(tier),
};

const watchedTierSpec = {
  tier: { kind: "string", format: tierNames, required: true },
  loadBalancerArnSuffix: { kind: "string", format: LOAD_BALANCER_SUFFIX, required: true, input: true },
  blueTargetGroupArnSuffix: { kind: "string", format: TARGET_GROUP_SUFFIX, required: true, input: true },
  greenTargetGroupArnSuffix: { kind: "string", format: TARGET_GROUP_SUFFIX, required: true, input: true },
  startupSeconds: { kind: "integer", min: 1, max: 1800, default: 300 },
} as const satisfies ArgsSpec<WatchedTierArgs>;

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html */
export const releaseAlarmsSpec = {
  args: {
    tiers: {
      kind: "list",
      items: { kind: "object", args: watchedTierSpec },
      requirement: {
        allowed: "1 to 12 tiers (a composite alarm has at most 100 alarms, and each tier has up to eight)",
        holds: ({ length }) => length >= 1 && length <= 12,
      },
      check: (tiers, key) => [
        duplicateIssue(
          key,
          tiers.map(({ tier }) => tier),
        ),
        ...tiers.map((_, index) => sameSuffixIssue(tiers, index, key)),
      ],
      required: true,
    },
    ...alarmLimitsSpec,
    topicArns: alarmTopicsSpec,
    tags: tagsSpec(["Name", "changeover:tier", "changeover:color"]),
  },
  checks: [
    {
      reads: ["tiers"],
      check: ({ tiers }, name) => {
        const known = tiers.map(({ tier }) => tier).filter((tier) => !isPlaceholder(tier));
        const [longest = ""] = [...known].sort((left, right) => right.length - left.length);
        return [nameIssue(name, alarmName(`-${longest}-green-unhealthy`)), ruleIssue(name, known)];
      },
    },
  ],
} as const satisfies ComponentSpec<ReleaseAlarmsArgs>;

/** Alarms of two colors for one target group would both go off for one of them. */
function sameSuffixIssue(tiers: readonly WatchedTierArgs[], index: number, key: string) {
  const suffixes = tiers.flatMap(
    ({ blueTargetGroupArnSuffix: blue, greenTargetGroupArnSuffix: green }, at) => [
      { path: `${key}[${at}].blueTargetGroupArnSuffix`, suffix: blue, at },
      { path: `${key}[${at}].greenTargetGroupArnSuffix`, suffix: green, at },
    ],
  );
  const same = suffixes.find(
    ({ suffix, at }, position) =>
      at === index && !isUnknown(suffix) && suffixes.findIndex((other) => other.suffix === suffix) < position,
  );
  if (same === undefined) return undefined;
  const remedy = "Give the target group of each color and tier.";
  return { key: same.path, allowed: "different from the others", got: same.suffix, remedy };
}

const MAX_RULE_LENGTH = 10_240;

/** The alarm rule of the composite alarm, which goes off if any of the alarms does. */
export function anyAlarm(alarms: readonly string[]): string {
  return alarms.map((alarm) => `ALARM("${alarm}")`).join(" OR ");
}

function ruleIssue(name: string, tiers: readonly string[]) {
  const colorAlarms = COLORS.flatMap((color) => COLOR_ALARMS.map((alarm) => `${color}-${alarm}`));
  const suffixes = [...colorAlarms, "refused", "silent"].map(
    (suffix) => suffix + " ".repeat(AUTO_NAME_SUFFIX_LENGTH),
  );
  const rule = anyAlarm(tiers.flatMap((tier) => suffixes.map((suffix) => `${name}-${tier}-${suffix}`)));
  if (rule.length <= MAX_RULE_LENGTH || isPlaceholder(name)) return undefined;
  return {
    key: "tiers",
    allowed: `few enough, with short enough names, for a composite rule of ${MAX_RULE_LENGTH} characters`,
    got: new ValueDescription(`names with a rule of ${rule.length} characters`),
    remedy: "Give shorter names, or watch fewer tiers.",
  };
}
