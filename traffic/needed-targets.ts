export interface CapacityNeed {
  /** Share of the traffic that the color will receive, in percent. */
  readonly sharePercent: number;
  /** Share of the traffic that the other color receives now, in percent, above 0. */
  readonly otherSharePercent: number;
  readonly minHealthy: number;
  readonly maxInstances?: number;
  readonly ownHealthy: number;
  readonly otherHealthy: number;
}

/**
 * Healthy targets that a color needs for its share of the traffic, in proportion to the other color.
 *
 * At most `maxInstances`, and at most its share of the targets that carry all traffic now.
 */
export function neededTargets(need: CapacityNeed): number {
  const { sharePercent, otherSharePercent, minHealthy, ownHealthy, otherHealthy } = need;
  // A color at its minimum may have more instances than its traffic needs, so its count is no measure.
  if (otherHealthy <= minHealthy) return minHealthy;
  const proportional = Math.ceil((otherHealthy * sharePercent) / otherSharePercent);
  const together = Math.ceil(((ownHealthy + otherHealthy) * sharePercent) / 100);
  const possible = Math.min(proportional, need.maxInstances ?? Number.POSITIVE_INFINITY, together);
  return Math.max(minHealthy, possible);
}
