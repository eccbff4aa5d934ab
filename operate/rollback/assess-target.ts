import type { TrafficColor } from "../colors";

export interface TargetCount {
  readonly tier: string;
  readonly healthy: number;
  readonly registered: number;
  readonly minInstances: number;
}

export interface TargetAssessment {
  readonly isEmpty: boolean;
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

/** Assesses the capacity of the color that is to receive all traffic. */
export function assessTarget(color: TrafficColor, counts: readonly TargetCount[]): TargetAssessment {
  const warnings = counts.flatMap(({ tier, healthy, registered, minInstances }) => {
    if (registered === 0) return [`${color} has no instances in ${tier}`];
    if (healthy === 0) return [`${color} has no healthy instance in ${tier}`];
    if (healthy < minInstances) return [`${color} has ${healthy} of ${minInstances} instances in ${tier}`];
    return [];
  });
  return {
    isEmpty: counts.some(({ registered }) => registered === 0),
    lines: counts.map(({ tier, healthy, registered }) => `${tier} ${healthy}/${registered} healthy`),
    warnings,
  };
}
