import type { ScalingGroup } from "../instances/scaling-group";
import type { LoadBalancing } from "../load-balancer/control-plane";
import type { MetricValue } from "./expression";
import { GroupMetrics } from "./group-metrics";
import { LOW_PERIODS, trackedCapacity } from "./tracked-capacity";

/** A target tracking policy of an Auto Scaling group. */
export interface ScalingPolicy {
  readonly name: string;
  readonly group: string;
  readonly metric: "ASGAverageCPUUtilization" | "ALBRequestCountPerTarget";
  /** The target group whose requests are counted; only for `ALBRequestCountPerTarget`. */
  readonly targetGroupArn?: string;
  /** Percent, or requests a minute for each instance. */
  readonly target: number;
  readonly disableScaleIn: boolean;
  readonly warmUpMs: number;
}

const EVALUATION_INTERVAL_MS = 500;

/** Changes the desired capacity of groups by their target tracking policies. */
export class ScalingPolicies {
  private readonly policies = new Map<string, ScalingPolicy>();
  private readonly metrics: GroupMetrics;
  private readonly timer: NodeJS.Timeout;

  /** @param periodMs the minute for which a data point of a metric is computed */
  constructor(
    private readonly groups: ReadonlyMap<string, ScalingGroup>,
    loadBalancing: LoadBalancing,
    private readonly periodMs: number,
  ) {
    this.metrics = new GroupMetrics(loadBalancing, (LOW_PERIODS + 1) * periodMs);
    this.timer = setInterval(() => this.evaluate(Date.now()), EVALUATION_INTERVAL_MS);
    this.timer.unref();
  }

  put(policy: ScalingPolicy): void {
    this.policies.set(policy.name, policy);
  }

  delete(name: string): void {
    this.policies.delete(name);
  }

  close(): void {
    clearInterval(this.timer);
  }

  private evaluate(now: number): void {
    this.metrics.sample(this.groups.values(), now);
    for (const policy of this.policies.values()) {
      const group = this.groups.get(policy.group);
      if (group && !group.isDraining) this.apply(policy, group, now);
    }
  }

  private apply(policy: ScalingPolicy, group: ScalingGroup, now: number): void {
    const { target, disableScaleIn, warmUpMs, name } = policy;
    const warm = group
      .members()
      .filter(({ instance, state }) => state === "InService" && instance.launchedAt <= now - warmUpMs)
      .map(({ instance }) => instance.id);
    const points = Array.from({ length: LOW_PERIODS }, (_, index) => {
      const to = now - (LOW_PERIODS - 1 - index) * this.periodMs;
      return this.point(policy, warm, to - this.periodMs, to);
    });
    const wanted = trackedCapacity({ ...group.size, target, points, warm: warm.length, disableScaleIn });
    if (wanted !== undefined) group.setDesired(wanted, `the policy ${name}`);
  }

  private point(
    { metric, targetGroupArn = "" }: ScalingPolicy,
    warm: readonly string[],
    from: number,
    to: number,
  ): MetricValue {
    if (metric === "ASGAverageCPUUtilization") return this.metrics.cpuPercent(warm, from, to);
    const requests = this.metrics.requestsPerMinute(targetGroupArn, from, to);
    return requests === undefined || warm.length === 0 ? undefined : requests / warm.length;
  }
}
