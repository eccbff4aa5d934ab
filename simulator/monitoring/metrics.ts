import type { LoadBalancing } from "../load-balancer/control-plane";
import type { TargetGroupCounters } from "../load-balancer/types";
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

/** One metric of Elastic Load Balancing for one target group. */
export interface MetricQuery {
  readonly metricName: string;
  readonly targetGroupArn: string;
  /** `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p99`. */
  readonly stat: string;
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

export const metricNames = [...Object.keys(countedBy), ...Object.keys(sampledBy), "TargetResponseTime"];

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

/** CloudWatch metrics of the target groups, computed from samples of the data plane's counters. */
export class Metrics {
  private readonly series = new Map<string, Series>();

  constructor(private readonly loadBalancing: LoadBalancing) {}

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
  point({ metricName, targetGroupArn, stat }: MetricQuery, from: number, to: number): MetricValue {
    const { samples, responseMs } = this.series.get(targetGroupArn) ?? { samples: [], responseMs: [] };
    const within = samples.filter(({ at }) => at > from && at <= to);
    const last = within.at(-1);
    if (!last) return undefined;
    const sampled = sampledBy[metricName];
    if (sampled) return statistic(stat, within.map(sampled));
    if (metricName === "TargetResponseTime") {
      const times = responseMs.filter(({ at }) => at > from && at <= to);
      return statistic(
        stat,
        times.map(({ ms }) => ms / 1000),
      );
    }
    const counted = countedBy[metricName];
    if (!counted) return undefined;
    const before = samples.filter(({ at }) => at <= from).at(-1);
    const sum = counted(last.counters) - (before ? counted(before.counters) : 0);
    return sum === 0 ? undefined : sum; // Like CloudWatch, reports no data point for zero.
  }
}
