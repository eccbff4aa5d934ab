import { oppositeColor, type TrafficColor } from "../colors";
import type { DeployedRelease } from "../deployed-release";
import type { RuleReading } from "../rule-reading";
import { compareTruth } from "../truth";

/**
 * The color that a rollback shifts all traffic to: during a canary the live color, otherwise the color without
 * traffic. After a rollback it is the color with the traffic, so that a second rollback does not undo the first.
 *
 * @returns undefined if it is ambiguous: both colors have traffic and the live color is not known, or the traffic was
 * shifted without a record
 */
export function chooseTarget(
  rule: RuleReading,
  release: Pick<DeployedRelease, "live" | "weights" | "serial"> | undefined,
): TrafficColor | undefined {
  const { blue, green } = rule.shares;
  if (blue > 0 && green > 0) return release?.live;
  if (blue === 0 && green === 0) return undefined;
  const serving = blue > 0 ? "blue" : "green";
  const kind = rule.record?.kind;
  if (kind === "rollback" || kind === "watch-rollback") return serving;
  if (release !== undefined && compareTruth(release, rule) === "by-hand") return undefined;
  return oppositeColor(serving);
}
