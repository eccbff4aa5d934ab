import type { ScalingGroup } from "../instances/scaling-group";
import type { LoadBalancing } from "../load-balancer/control-plane";
import { cpuSeconds } from "../process/cpu-time";
import type { MetricValue } from "./expression";

interface Dated {
  readonly at: number;
}

/** One measurement of an instance. */
interface InstanceSample extends Dated {
  /** CPU time since the start of its processes, in seconds; undefined if it cannot be measured. */
  readonly cpuSeconds: number | undefined;
}

interface RequestSample extends Dated {
  readonly requests: number;
}

const MINUTE_MS = 60_000;

/** The metrics of Auto Scaling groups that target tracking reads. */
export class GroupMetrics {
  private readonly instances = new Map<string, InstanceSample[]>();
  private readonly targetGroups = new Map<string, RequestSample[]>();

  /** @param retentionMs age up to which measurements are kept, longer than the longest time window */
  constructor(
    private readonly loadBalancing: LoadBalancing,
    private readonly retentionMs: number,
  ) {}

  sample(groups: Iterable<ScalingGroup>, at: number): void {
    const present = new Set<string>();
    for (const group of groups) {
      for (const { instance } of group.members()) {
        const { pid } = instance;
        present.add(instance.id);
        this.add(this.instances, instance.id, {
          at,
          cpuSeconds: pid === undefined ? undefined : cpuSeconds(pid),
        });
      }
    }
    for (const id of this.instances.keys()) if (!present.has(id)) this.instances.delete(id);
    for (const arn of this.loadBalancing.targetGroupArns()) {
      const counters = this.loadBalancing.counters(arn);
      if (counters) this.add(this.targetGroups, arn, { at, requests: counters.requests });
    }
  }

  /**
   * Average CPU utilization of instances in a time window, in percent. An instance has one core.
   *
   * @returns undefined without data
   */
  cpuPercent(ids: readonly string[], from: number, to: number): MetricValue {
    const percents = ids.flatMap((id) => {
      const [first, last] = ends(this.instances.get(id), from, to);
      if (first?.cpuSeconds === undefined || last?.cpuSeconds === undefined) return [];
      const used = last.cpuSeconds - first.cpuSeconds;
      // A restarted process counts from 0 again.
      return used < 0 ? [] : [(100_000 * used) / (last.at - first.at)];
    });
    if (percents.length === 0) return undefined;
    return percents.reduce((sum, percent) => sum + percent, 0) / percents.length;
  }

  /** Requests a minute to a target group in a time window; undefined without data. */
  requestsPerMinute(targetGroupArn: string, from: number, to: number): MetricValue {
    const [first, last] = ends(this.targetGroups.get(targetGroupArn), from, to);
    if (!first || !last) return undefined;
    return ((last.requests - first.requests) * MINUTE_MS) / (last.at - first.at);
  }

  private add<Sample extends Dated>(series: Map<string, Sample[]>, key: string, sample: Sample): void {
    const samples = series.get(key) ?? [];
    samples.push(sample);
    while ((samples[0]?.at ?? sample.at) < sample.at - this.retentionMs) samples.shift();
    series.set(key, samples);
  }
}

/** The last samples before the start and before the end of a time window, or none if there are not two. */
function ends<Sample extends Dated>(
  samples: readonly Sample[] = [],
  from: number,
  to: number,
): [Sample?, Sample?] {
  const first = samples.filter(({ at }) => at <= from).at(-1);
  const last = samples.filter(({ at }) => at <= to).at(-1);
  return first && last && first !== last ? [first, last] : [];
}
