import type { LoadBalancing } from "../load-balancer/control-plane";
import type { TargetGroupCounters } from "../load-balancer/types";
import type { DatabaseConnections } from "./database-connections";
import type { MetricValue } from "./expression";

/** The response times are stored once, because each snapshot contains all of the last minutes. */
type Counted = Omit<TargetGroupCounters, "recentResponseMs">;

interface Sample {
  readonly at: number;
  readonly counters: Counted;
  readonly healthy: number;
  readonly unhealthy: number;
}

interface Series {
  readonly samples: Sample[];
  responseMs: TargetGroupCounters["recentResponseMs"];
}

/** One metric of Elastic Load Balancing, of a target group or of all target groups of a load balancer. */
export interface MetricQuery {
  readonly metricName: string;
  /**
   * The ARN of the target group or the load balancer, or the identifier of the database. A metric of another resource has
   * no data.
   */
  readonly resourceArn: string;
  /** `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p99`. */
  readonly stat: string;
  /**
   * Leaves out a percentile of too few samples. CloudWatch then keeps the alarm's state; the simulator has no data point.
   *
   * @default false
   */
  readonly ignoreFewSamples?: boolean;
}

const RETENTION_MS = 30 * 60_000;

const countedBy: Record<string, (counters: Counted) => number> = {
  RequestCount: ({ requests }) => requests,
  HTTPCode_Target_2XX_Count: ({ target2xx }) => target2xx,
  HTTPCode_Target_3XX_Count: ({ target3xx }) => target3xx,
  HTTPCode_Target_4XX_Count: ({ target4xx }) => target4xx,
  HTTPCode_Target_5XX_Count: ({ target5xx }) => target5xx,
  HTTPCode_ELB_5XX_Count: ({ balancer5xx }) => balancer5xx,
};

const sampledBy: Record<string, (sample: Sample) => number> = {
  HealthyHostCount: ({ healthy }) => healthy,
  UnHealthyHostCount: ({ unhealthy }) => unhealthy,
};

/** The supported metrics by namespace. Of the metrics of databases, only the number of connections has data. */
export const metricNames: Readonly<Record<string, readonly string[]>> = {
  "AWS/ApplicationELB": [...Object.keys(countedBy), ...Object.keys(sampledBy), "TargetResponseTime"],
  "AWS/RDS": ["CPUUtilization", "DatabaseConnections", "FreeStorageSpace", "OldestReplicationSlotLag"],
};

function statistic(stat: string, values: readonly number[]): MetricValue {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const percentile = /^p(\d+(?:\.\d+)?)$/.exec(stat);
  if (percentile) {
    return sorted[Math.min(sorted.length - 1, Math.floor((Number(percentile[1]) / 100) * sorted.length))];
  }
  const sum = sorted.reduce((total, each) => total + each, 0);
  if (stat === "Sum") return sum;
  if (stat === "SampleCount") return sorted.length;
  if (stat === "Average") return sum / sorted.length;
  return stat === "Minimum" ? sorted[0] : sorted.at(-1);
}

export class Metrics {
  private readonly series = new Map<string, Series>();

  constructor(
    private readonly loadBalancing: LoadBalancing,
    private readonly connections: Pick<DatabaseConnections, "within">,
  ) {}

  sample(at: number): void {
    const arns = this.loadBalancing.targetGroupArns();
    for (const arn of arns) {
      const snapshot = this.loadBalancing.counters(arn);
      if (!snapshot) continue;
      const { recentResponseMs, ...counters } = snapshot;
      const states = this.loadBalancing.health(arn).map(({ state }) => state);
      const series = this.series.get(arn) ?? { samples: [], responseMs: [] };
      series.responseMs = recentResponseMs;
      series.samples.push({
        at,
        counters,
        healthy: states.filter((state) => state === "healthy").length,
        unhealthy: states.filter((state) => state === "unhealthy").length,
      });
      while ((series.samples[0]?.at ?? at) < at - RETENTION_MS) series.samples.shift();
      this.series.set(arn, series);
    }
    for (const arn of this.series.keys()) if (!arns.includes(arn)) this.series.delete(arn);
  }

  /** Computes the data point for a time window; undefined if CloudWatch would have none. */
  point(
    { metricName, resourceArn, stat, ignoreFewSamples }: MetricQuery,
    from: number,
    to: number,
  ): MetricValue {
    if (metricName === "DatabaseConnections") {
      return statistic(stat, this.connections.within(resourceArn, from, to));
    }
    const members = this.loadBalancing.targetGroupsOf(resourceArn);
    const series = (members ?? [resourceArn]).flatMap((arn) => this.series.get(arn) ?? []);
    const sampled = sampledBy[metricName];
    if (sampled) {
      const within = series.flatMap(({ samples }) => samples.filter(({ at }) => at > from && at <= to));
      return statistic(stat, within.map(sampled));
    }
    if (metricName === "TargetResponseTime") {
      const times = series.flatMap(({ responseMs }) => responseMs.filter(({ at }) => at > from && at <= to));
      if (ignoreFewSamples && times.length < samplesNeeded(stat)) return undefined;
      return statistic(
        stat,
        times.map(({ ms }) => ms / 1000),
      );
    }
    const counted = countedBy[metricName];
    if (!counted) return undefined;
    const sum = series.reduce((total, { samples }) => total + increase(samples, counted, from, to), 0);
    return sum === 0 ? undefined : sum; // Like CloudWatch, reports no data point for zero.
  }
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html */
function samplesNeeded(stat: string): number {
  const percentile = Number(/^p([\d.]+)$/.exec(stat)?.[1] ?? 0) / 100;
  return percentile >= 0.5 ? Math.round(10 / (1 - percentile)) : 0;
}

function increase(
  samples: readonly Sample[],
  counted: (counters: Counted) => number,
  from: number,
  to: number,
): number {
  const last = samples.filter(({ at }) => at > from && at <= to).at(-1);
  if (!last) return 0;
  const before = samples.filter(({ at }) => at <= from).at(-1);
  return counted(last.counters) - (before ? counted(before.counters) : 0);
}
