import * as cloudwatch from "@pulumi/aws/cloudwatch";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random";
import { COLORS, type Color } from "../fleet/color";
import {
  check,
  checkEachOnce,
  checkWhole,
  InvalidArgumentError,
  isStandIn,
  type Rule,
  Words,
} from "../validation/invalid-argument";
import { AUTO_NAME_SUFFIX_LENGTH, checkName, ofAlarm } from "../validation/names";
import { LOAD_BALANCER_SUFFIX, TAG_VALUE, TARGET_GROUP_SUFFIX, TOPIC_ARN } from "../validation/rules";
import { checkShape } from "../validation/shape";
import { checkTags, withTags } from "../validation/tags";

/** One tier whose colors are watched. */
export interface WatchedTierArgs {
  /** The tier's name, for alarms, charts and tags; each name once. */
  tier: string;
  /** The load balancer, as CloudWatch names it: `app/…`, the end of its ARN. */
  loadBalancerArnSuffix: pulumi.Input<string>;
  /** Blue's target group, as CloudWatch names it: `targetgroup/…`, the end of its ARN. */
  blueTargetGroupArnSuffix: pulumi.Input<string>;
  /** Green's target group, as CloudWatch names it: `targetgroup/…`, the end of its ARN. */
  greenTargetGroupArnSuffix: pulumi.Input<string>;
  /**
   * The longest that a server of this tier takes from its launch until it is healthy, in seconds, 1-1800: `startupSeconds`
   * of its fleet. An unhealthy server is alarming after this time, and no sooner than after five minutes. Default: 300.
   */
  startupSeconds?: number;
}

export interface ReleaseAlarmsArgs {
  /** The tiers that are watched, for each color alike, 1-14: an alarm of all is one of at most 100. */
  tiers: WatchedTierArgs[];
  /**
   * Alarm when more than this share of a color's answers, or of a load balancer's own, are 5xx in each of two minutes
   * on end, in percent, 0-100. Default: 1.
   */
  errorPercent?: number;
  /**
   * Alarm when the 99th percentile of a color's answers is slower than this in each of three minutes on end, in ms,
   * 1-4000000. Default: 1000.
   */
  slowMs?: number;
  /** SNS topics that hear of the composite alarm, at most 5. Default: none. */
  topicArns?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Tags beside the component's own, which they replace where the key is the same; at most 47. A key has 1-128
   * characters and does not begin with `aws:`, a value up to 256: letters, digits, spaces and `_.:/=+-@`.
   * Default: none.
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * Alarms for each color of each tier (5xx share, p99, an unhealthy server in each of five minutes on end, or in more where
 * servers take longer to start) and for each load balancer (its own 5xx), a composite alarm "the release is bad", and one
 * dashboard. They are the same whichever color is live, so that a switch changes none of them.
 *
 * ```ts
 * new ReleaseAlarms("prod", { tiers: [{ tier: "web", loadBalancerArnSuffix, ...targetGroups }] });
 * ```
 * @throws InvalidArgumentError for an arg that AWS would refuse, before anything is declared.
 */
export class ReleaseAlarms extends pulumi.ComponentResource {
  /** The dashboard's name in CloudWatch. */
  public readonly dashboardName: pulumi.Output<string>;
  /** The composite alarm: any color of any tier is bad. */
  public readonly releaseAlarmName: pulumi.Output<string>;

  constructor(name: string, args: ReleaseAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArgs(name, args);
    super("changeover:index:ReleaseAlarms", name, args, opts);
    const watched = args.tiers.flatMap((tier) => COLORS.map((color) => watch(tier, color)));
    const alarms = [
      ...watched.flatMap((group) => this.colorAlarms(name, group, args)),
      ...args.tiers.map((tier) => this.refusedAlarm(name, tier, args)),
    ];
    // These two have to be named, and CloudWatch overwrites what another stack has under the same name.
    const { hex } = new RandomId(`${name}-release`, { byteLength: 4 }, { parent: this });
    const composite = new cloudwatch.CompositeAlarm(
      `${name}-release-bad`,
      {
        alarmName: pulumi.interpolate`${name}-release-bad-${hex}`,
        alarmDescription:
          "A color of a release answers with errors, slowly, or not at all, or has unhealthy servers.",
        alarmRule: pulumi.all(alarms.map((alarm) => alarm.name)).apply(anyOf),
        alarmActions: args.topicArns,
        okActions: args.topicArns,
        tags: withTags(args.tags, { name }),
      },
      { parent: this },
    );
    const region = getRegionOutput({}, { parent: this }).region;
    const dashboard = new cloudwatch.Dashboard(
      `${name}-release`,
      {
        dashboardName: pulumi.interpolate`${name}-release-${hex}`,
        dashboardBody: pulumi.jsonStringify(body(watched, region)),
      },
      { parent: this },
    );
    this.dashboardName = dashboard.dashboardName;
    this.releaseAlarmName = composite.alarmName;
    this.registerOutputs({ dashboardName: this.dashboardName, releaseAlarmName: this.releaseAlarmName });
  }

  private colorAlarms(name: string, group: Watched, args: ReleaseAlarmsArgs): cloudwatch.MetricAlarm[] {
    const { tier, color, dimensions, startupSeconds } = group;
    const alarm = (suffix: (typeof OF_COLOR)[number], metric: AlarmMetric) =>
      this.alarm(`${name}-${tier}-${color}-${suffix}`, withTags(args.tags, { name, tier, color }), metric);
    return [
      alarm("errors", {
        evaluationPeriods: 2,
        threshold: args.errorPercent ?? 1,
        metricQueries: shareQueries(
          "100 * FILL(errors, 0) / requests",
          "HTTPCode_Target_5XX_Count",
          dimensions,
        ),
      }),
      alarm("slow", {
        evaluationPeriods: 3,
        // CloudWatch counts response times in seconds.
        threshold: (args.slowMs ?? 1000) / 1000,
        namespace: NAMESPACE,
        metricName: "TargetResponseTime",
        dimensions,
        period: 60,
        extendedStatistic: "p99",
        evaluateLowSampleCountPercentiles: "ignore",
      }),
      alarm("unhealthy", {
        // As long as a server takes to start: from its registration on it counts as unhealthy.
        evaluationPeriods: Math.max(5, Math.ceil(startupSeconds / 60)),
        threshold: 0,
        namespace: NAMESPACE,
        metricName: "UnHealthyHostCount",
        dimensions,
        period: 60,
        statistic: "Maximum",
      }),
    ];
  }

  /** A crashed server answers nothing: the 502 is the load balancer's own, which it counts for no target group. */
  private refusedAlarm(
    name: string,
    { tier, loadBalancerArnSuffix }: WatchedTierArgs,
    args: ReleaseAlarmsArgs,
  ): cloudwatch.MetricAlarm {
    return this.alarm(`${name}-${tier}-refused`, withTags(args.tags, { name, tier }), {
      evaluationPeriods: 2,
      threshold: args.errorPercent ?? 1,
      metricQueries: shareQueries(
        // Requests for which there was no target at all are not in RequestCount.
        "100 * errors / (errors + FILL(requests, 0))",
        "HTTPCode_ELB_5XX_Count",
        { LoadBalancer: loadBalancerArnSuffix },
      ),
    });
  }

  private alarm(name: string, tags: cloudwatch.MetricAlarmArgs["tags"], metric: AlarmMetric) {
    return new cloudwatch.MetricAlarm(
      name,
      {
        comparisonOperator: "GreaterThanThreshold",
        // A color without users has no data, and that is no reason for alarm.
        treatMissingData: "notBreaching",
        tags,
        ...metric,
      },
      { parent: this },
    );
  }
}

/** The alarms of each color of a tier. */
const OF_COLOR = ["errors", "slow", "unhealthy"] as const;

type AlarmMetric = Omit<cloudwatch.MetricAlarmArgs, "comparisonOperator">;

/** The share of requests that failed, in percent, from their counts `errors` and `requests`. */
function shareQueries(
  expression: string,
  errors: string,
  dimensions: Record<string, pulumi.Input<string>>,
): cloudwatch.MetricAlarmArgs["metricQueries"] {
  const counted = (id: string, metricName: string) => ({
    id,
    metric: { namespace: NAMESPACE, metricName, dimensions, period: 60, stat: "Sum" },
  });
  return [
    { id: "share", expression, label: "5xx share", returnData: true },
    counted("errors", errors),
    counted("requests", "RequestCount"),
  ];
}

const NAMESPACE = "AWS/ApplicationELB";

interface Watched {
  readonly tier: string;
  readonly color: Color;
  readonly dimensions: { LoadBalancer: pulumi.Input<string>; TargetGroup: pulumi.Input<string> };
  readonly startupSeconds: number;
}

function watch(args: WatchedTierArgs, color: Color): Watched {
  const targetGroup = color === "blue" ? args.blueTargetGroupArnSuffix : args.greenTargetGroupArnSuffix;
  const dimensions = { LoadBalancer: args.loadBalancerArnSuffix, TargetGroup: targetGroup };
  return { tier: args.tier, color, dimensions, startupSeconds: args.startupSeconds ?? 300 };
}

/** Four charts, each with one line for each color of each tier. */
function body(watched: readonly Watched[], region: pulumi.Output<string>) {
  const charts = [
    { title: "Requests", metric: "RequestCount", stat: "Sum" },
    { title: "5xx answers", metric: "HTTPCode_Target_5XX_Count", stat: "Sum" },
    { title: "Response time p99 (s)", metric: "TargetResponseTime", stat: "p99" },
    { title: "Healthy servers", metric: "HealthyHostCount", stat: "Minimum" },
  ];
  const widgets = charts.map(({ title, metric, stat }, index) => ({
    type: "metric",
    x: (index % 2) * 12,
    y: Math.floor(index / 2) * 6,
    width: 12,
    height: 6,
    properties: {
      title,
      region,
      period: 60,
      stat,
      metrics: watched.map(({ tier, color, dimensions }) => [
        NAMESPACE,
        metric,
        "TargetGroup",
        dimensions.TargetGroup,
        "LoadBalancer",
        dimensions.LoadBalancer,
        { label: `${tier} ${color}`, color: LINE_COLORS[color] },
      ]),
    },
  }));
  return { widgets };
}

const LINE_COLORS: Record<Color, string> = { blue: "#1f77b4", green: "#2ca02c" };

const TIER: Rule<string> = {
  allowed: `a name of ${TAG_VALUE.allowed}`,
  holds: (tier) => tier !== "" && TAG_VALUE.holds(tier),
};

const PERCENT: Rule<number> = {
  allowed: "a number from 0 to 100",
  holds: (percent) => percent >= 0 && percent <= 100,
};

/** As long as a load balancer waits for an answer. */
const MAX_SLOW_MS = 4_000_000;

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html */
const TIERS: Rule<readonly unknown[]> = {
  allowed: "1 to 14 tiers, because an alarm watches at most 100 others and each tier has seven",
  holds: ({ length }) => length >= 1 && length <= 14,
};
const TOPICS: Rule<readonly unknown[]> = {
  allowed: "at most 5 topics",
  holds: (topics) => new Set(topics).size <= 5,
};

const MAX_RULE_LENGTH = 10_240;

/** A composite alarm's rule. */
function anyOf(alarms: readonly string[]): string {
  return alarms.map((alarm) => `ALARM("${alarm}")`).join(" OR ");
}

/** How long the rule is with the names that AWS gets. */
function ruleLength(name: string, tiers: readonly string[]): number {
  const ofColors = COLORS.flatMap((color) => OF_COLOR.map((what) => `${color}-${what}`));
  const suffixes = [...ofColors, "refused"].map((suffix) => suffix + " ".repeat(AUTO_NAME_SUFFIX_LENGTH));
  return anyOf(tiers.flatMap((tier) => suffixes.map((suffix) => `${name}-${tier}-${suffix}`))).length;
}

function checkArgs(name: string, args: ReleaseAlarmsArgs): void {
  const what = (key: string) => `ReleaseAlarms "${name}": ${key}`;
  checkShape("ReleaseAlarms", name, args);
  check(what("errorPercent"), args.errorPercent, PERCENT);
  checkWhole(what("slowMs"), args.slowMs, 1, MAX_SLOW_MS);
  check(what("tiers"), args.tiers, TIERS);
  const names = args.tiers.map(({ tier }) => tier);
  for (const tier of names) check(what("tiers"), tier, TIER);
  checkEachOnce(what("tiers"), names);
  const known = names.filter((tier) => !isStandIn(tier));
  const [longest = ""] = known.sort((a, b) => b.length - a.length);
  checkName("ReleaseAlarms", name, ofAlarm(`-${longest}-green-unhealthy`));
  const length = ruleLength(name, known);
  if (length > MAX_RULE_LENGTH && !isStandIn(name)) {
    throw new InvalidArgumentError({
      what: what("tiers"),
      got: new Words(`names with which the rule of all alarms has ${length} characters`),
      allowed: `a rule of at most ${MAX_RULE_LENGTH} characters, which names each alarm`,
      todo: "Give shorter names, or watch fewer tiers.",
    });
  }
  for (const watched of args.tiers) {
    const of = (key: string) => what(`${key} of ${watched.tier}`);
    check(of("loadBalancerArnSuffix"), watched.loadBalancerArnSuffix, LOAD_BALANCER_SUFFIX);
    check(of("blueTargetGroupArnSuffix"), watched.blueTargetGroupArnSuffix, TARGET_GROUP_SUFFIX);
    check(of("greenTargetGroupArnSuffix"), watched.greenTargetGroupArnSuffix, TARGET_GROUP_SUFFIX);
    checkWhole(of("startupSeconds"), watched.startupSeconds, 1, 1800);
  }
  check(what("topicArns"), args.topicArns, TOPICS);
  if (Array.isArray(args.topicArns))
    for (const arn of args.topicArns) check(what("topicArns"), arn, TOPIC_ARN);
  checkTags(what("tags"), args.tags, { name: "", tier: "", color: "blue" });
}
