import { oppositeColor, type TrafficColor, type TrafficShares } from "../colors";

/**
 * The color that a rollback shifts all traffic to: during a canary the live color, otherwise the color without
 * traffic.
 *
 * @returns undefined if it cannot be told, because both colors have traffic and the live color is not known
 */
export function chooseTarget(
  shares: TrafficShares,
  live: TrafficColor | undefined,
): TrafficColor | undefined {
  if (shares.blue > 0 && shares.green > 0) return live;
  if (shares.blue === 0 && shares.green === 0) return undefined;
  return oppositeColor(shares.blue > 0 ? "blue" : "green");
}
