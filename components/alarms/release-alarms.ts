import * as cloudwatch from "@pulumi/aws/cloudwatch";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random";
import { COLORS, type Color } from "../fleet/color";
import { withTags } from "../tags/resource-tags";
import { validateArgs, type WithDefaults } from "../validation/validate-args";
import {
  anyAlarm,
  type COLOR_ALARMS,
  type ReleaseAlarmsArgs,
  releaseAlarmsSpec,
  type WatchedTierArgs,
} from "./release-alarms-args";

type ReleaseAlarmsSettings = WithDefaults<ReleaseAlarmsArgs, typeof releaseAlarmsSpec>;

/**
 * Alarms for each color of each tier and for each load balancer, a composite alarm of all, and one dashboard.
 *
 * A color has three alarms in each tier: for its share of 5xx responses, for its response times, and for targets that
 * stay unhealthy for five minutes, or for `startupSeconds` if that is longer. A load balancer has an alarm for the 5xx
 * responses that it generates itself and, with `noRequestsMinutes`, an alarm for no requests at all. Both colors always
 * have their alarms, so a flip changes none of them.
 *
 * ```ts
 * new ReleaseAlarms("prod", { tiers: [{ tier: "web", loadBalancerArnSuffix, ...targetGroups }] });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args.
 */
export class ReleaseAlarms extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = releaseAlarmsSpec;

  /** The name of the dashboard. */
  public readonly dashboardName: pulumi.Output<string>;
  /** The name of the composite alarm, which goes off if any of the other alarms does. */
  public readonly releaseAlarmName: pulumi.Output<string>;
  /** The names of the alarms of each color of each tier, by `<tier>-<color>`, such as `web-blue`. */
  public readonly colorAlarmNames: pulumi.Output<Record<string, string[]>>;

  /** The names of the alarms of the load balancers, which both colors share. */
  public readonly loadBalancerAlarmNames: pulumi.Output<string[]>;

  constructor(name: string, args: ReleaseAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    const settings = validateArgs(ReleaseAlarms, name, args, opts);
    super("changeover:index:ReleaseAlarms", name, args, opts);
    const watched = args.tiers.flatMap((tier) => COLORS.map((color) => watch(tier, color)));
    const colorAlarms = watched.map((group) => ({ group, alarms: this.colorAlarms(name, group, settings) }));
    const shared = args.tiers.flatMap((tier) => this.loadBalancerAlarms(name, tier, settings));
    const alarms = [...colorAlarms.flatMap((each) => each.alarms), ...shared];
    // Pulumi generates no unique names for dashboards and composite alarms, and CloudWatch overwrites a resource of
    // another stack that has the same name.
    const { hex } = new RandomId(`${name}-release`, { byteLength: 4 }, { parent: this });
    const composite = new cloudwatch.CompositeAlarm(
      `${name}-release-bad`,
      {
        alarmName: pulumi.interpolate`${name}-release-bad-${hex}`,
        alarmDescription:
          "A color of a release answers with errors, slowly, or not at all, or has unhealthy servers.",
        alarmRule: pulumi.all(alarms.map((alarm) => alarm.name)).apply(anyAlarm),
        alarmActions: settings.topicArns,
        okActions: settings.topicArns,
        tags: withTags(args.tags, { name }),
      },
      { parent: this },
    );
    const region = getRegionOutput({}, { parent: this }).region;
    const dashboard = new cloudwatch.Dashboard(
      `${name}-release`,
      {
        dashboardName: pulumi.interpolate`${name}-release-${hex}`,
        dashboardBody: pulumi.jsonStringify(dashboardBody(watched, region, slowStatistic(settings))),
      },
      { parent: this },
    );
    this.dashboardName = dashboard.dashboardName;
    this.releaseAlarmName = composite.alarmName;
    this.colorAlarmNames = pulumi.output(
      Object.fromEntries(
        colorAlarms.map((each) => [
          `${each.group.tier}-${each.group.color}`,
          each.alarms.map((alarm) => alarm.name),
        ]),
      ),
    );
    this.loadBalancerAlarmNames = pulumi.output(shared.map((alarm) => alarm.name));
    this.registerOutputs({
      dashboardName: this.dashboardName,
      releaseAlarmName: this.releaseAlarmName,
      colorAlarmNames: this.colorAlarmNames,
      loadBalancerAlarmNames: this.loadBalancerAlarmNames,
    });
  }

  private colorAlarms(
    name: string,
    group: WatchedColor,
    args: ReleaseAlarmsSettings,
  ): cloudwatch.MetricAlarm[] {
    const { tier, color, dimensions, startupSeconds } = group;
    const alarm = (suffix: (typeof COLOR_ALARMS)[number], metric: AlarmMetric) =>
      this.alarm(`${name}-${tier}-${color}-${suffix}`, withTags(args.tags, { name, tier, color }), metric);
    return [
      alarm("errors", {
        evaluationPeriods: 2,
        threshold: args.errorPercent,
        metricQueries: shareQueries(
          "100 * FILL(errors, 0) / requests",
          "HTTPCode_Target_5XX_Count",
          dimensions,
        ),
      }),
      alarm("slow", {
        evaluationPeriods: 3,
        // CloudWatch counts response times in seconds.
        threshold: args.slowMs / 1000,
        namespace: NAMESPACE,
        metricName: "TargetResponseTime",
        dimensions,
        period: 60,
        extendedStatistic: slowStatistic(args),
        evaluateLowSampleCountPercentiles: "ignore",
      }),
      alarm("unhealthy", {
        // A new target counts as unhealthy until it has started.
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

  private loadBalancerAlarms(
    name: string,
    { tier, loadBalancerArnSuffix: LoadBalancer }: WatchedTierArgs,
    args: ReleaseAlarmsSettings,
  ): cloudwatch.MetricAlarm[] {
    const tags = withTags(args.tags, { name, tier });
    // A 5xx response that the load balancer generates itself, e.g. 502 for a crashed target, counts for no target group.
    const refused = this.alarm(`${name}-${tier}-refused`, tags, {
      evaluationPeriods: 2,
      threshold: args.errorPercent,
      metricQueries: shareQueries(
        // RequestCount does not include requests for which no target was available.
        "100 * errors / (errors + FILL(requests, 0))",
        "HTTPCode_ELB_5XX_Count",
        { LoadBalancer },
      ),
    });
    if (args.noRequestsMinutes === 0) return [refused];
    const silent = this.alarm(`${name}-${tier}-silent`, tags, {
      evaluationPeriods: args.noRequestsMinutes,
      comparisonOperator: "LessThanThreshold",
      threshold: 1,
      namespace: NAMESPACE,
      metricName: "RequestCount",
      dimensions: { LoadBalancer },
      period: 60,
      statistic: "Sum",
      // CloudWatch has no data point for a minute without requests.
      treatMissingData: "breaching",
    });
    return [refused, silent];
  }

  private alarm(name: string, tags: cloudwatch.MetricAlarmArgs["tags"], metric: AlarmMetric) {
    return new cloudwatch.MetricAlarm(
      name,
      {
        comparisonOperator: "GreaterThanThreshold",
        // A color without traffic has no data.
        treatMissingData: "notBreaching",
        tags,
        ...metric,
      },
      { parent: this },
    );
  }
}

type AlarmMetric = Omit<cloudwatch.MetricAlarmArgs, "comparisonOperator"> &
  Partial<Pick<cloudwatch.MetricAlarmArgs, "comparisonOperator">>;

function slowStatistic({ slowPercentile }: Pick<ReleaseAlarmsSettings, "slowPercentile">): string {
  return `p${slowPercentile}`;
}

/** The share of failed requests in percent, from the counts `errors` and `requests`. */
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

interface WatchedColor {
  readonly tier: string;
  readonly color: Color;
  readonly dimensions: { LoadBalancer: pulumi.Input<string>; TargetGroup: pulumi.Input<string> };
  readonly startupSeconds: number;
}

function watch(args: WatchedTierArgs, color: Color): WatchedColor {
  const targetGroup = color === "blue" ? args.blueTargetGroupArnSuffix : args.greenTargetGroupArnSuffix;
  const dimensions = { LoadBalancer: args.loadBalancerArnSuffix, TargetGroup: targetGroup };
  return { tier: args.tier, color, dimensions, startupSeconds: args.startupSeconds ?? 300 };
}

/** Four charts, each with one line for each color of each tier. */
function dashboardBody(
  watched: readonly WatchedColor[],
  region: pulumi.Output<string>,
  slowStatistic: string,
) {
  const charts = [
    { title: "Requests", metric: "RequestCount", stat: "Sum" },
    { title: "5xx answers", metric: "HTTPCode_Target_5XX_Count", stat: "Sum" },
    { title: `Response time ${slowStatistic} (s)`, metric: "TargetResponseTime", stat: slowStatistic },
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
