import { oppositeColor, type TrafficColor } from "../colors";
import type { DeployedRelease } from "../deployed-release";
import type { RuleReading } from "../rule-reading";
import { compareTruth } from "../truth";

type RollbackMemory = Pick<DeployedRelease, "live" | "weights" | "serial" | "served" | "rolledBack"> &
  Partial<Pick<DeployedRelease, "versions">>;

/**
 * The color that a rollback shifts all traffic to: during a canary the live color, otherwise the color without
 * traffic. After a rollback it is the color with the traffic, so that a second rollback does not undo the first.
 *
 * @returns undefined if it is ambiguous: both colors have traffic and the live color is not known, the traffic was
 * shifted without a record, or the color without traffic has not served, so that no gate has checked it
 */
export function chooseTarget(
  rule: RuleReading,
  release: RollbackMemory | undefined,
): TrafficColor | undefined {
  const { blue, green } = rule.shares;
  if (blue > 0 && green > 0) return release?.live;
  if (blue === 0 && green === 0) return undefined;
  const serving = blue > 0 ? "blue" : "green";
  const kind = rule.record?.kind;
  if (kind === "rollback" || kind === "watch-rollback") return serving;
  if (release !== undefined && compareTruth(release, rule) === "by-hand") return undefined;
  const color = oppositeColor(serving);
  return release === undefined || hasServed(release, color) ? color : undefined;
}

/** True if the color was live with the version that it runs, and did not lose its traffic to a rollback. */
function hasServed(
  { live, weights, versions = {}, served, rolledBack }: RollbackMemory,
  color: TrafficColor,
) {
  // The update that shifted the traffic away may not have finished.
  if (live === color && weights[color] > 0) return true;
  // Earlier versions of the program did not record which colors served.
  if (served === undefined) return true;
  const version = versions[color];
  return version !== undefined && served[color]?.version === version && rolledBack?.[color] !== version;
}
