import type { MetricValue } from "./expression";

/** Periods of a minute above the target after which a group is scaled out. */
export const HIGH_PERIODS = 3;
/** Periods of a minute below the lower limit after which a group is scaled in. */
export const LOW_PERIODS = 15;
/** Share of the target below which a group is scaled in. */
const LOW_SHARE = 0.9;

/** The facts from which target tracking decides. */
export interface TrackedGroup {
  readonly target: number;
  /** The metric in each of the last {@link LOW_PERIODS} periods, newest last; undefined for a period without data. */
  readonly points: readonly MetricValue[];
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** Instances in service whose warm-up is over. Only these are measured. */
  readonly warm: number;
  readonly disableScaleIn: boolean;
}

/**
 * Returns the new desired capacity of a group with target tracking; undefined to leave it as it is.
 *
 * While an instance warms up, the group is not scaled in, and the instance counts as part of the capacity that a scale-out
 * needs.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html
 */
export function trackedCapacity(group: TrackedGroup): number | undefined {
  const { target, points, min, max, desired, warm, disableScaleIn } = group;
  const needed = (values: readonly number[]) => Math.ceil((warm * average(values)) / target);

  const latest = known(points.slice(-HIGH_PERIODS));
  if (latest.length === HIGH_PERIODS && latest.every((value) => value > target)) {
    const wanted = Math.min(max, needed(latest));
    return wanted > desired ? wanted : undefined;
  }

  const all = known(points);
  const isLow = all.length === LOW_PERIODS && all.every((value) => value < target * LOW_SHARE);
  if (disableScaleIn || !isLow || warm !== desired) return undefined;
  const wanted = Math.max(min, needed(all));
  return wanted < desired ? wanted : undefined;
}

function known(points: readonly MetricValue[]): number[] {
  return points.filter((point) => point !== undefined);
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
