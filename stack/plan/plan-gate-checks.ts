import { type Color, otherColor } from "../../components/fleet/color";
import {
  colorsWithUsers,
  type GateLook,
  type GateRole,
  type LastRelease,
  type WantedRelease,
  weightsOf,
} from "./release-context";

/** One check of the gate. */
export interface GatePlan {
  /** The check's name. It names the role and not the color, so that a switch replaces one check. */
  readonly role: GateRole;
  readonly color: Color;
  readonly version: string;
  /** What the color must carry: a canary its share, so that more users mean a new look; the live color everything. */
  readonly sharePercent: number;
  /** Undefined for users who have been there since before looks were remembered. */
  readonly look: GateLook | undefined;
}

/**
 * One check for each color with users: the live one, and the canary.
 * @param at names this update and no other.
 */
export function planGates(wanted: WantedRelease, last: LastRelease | undefined, at: string): GatePlan[] {
  const { live, versions, canaryPercent } = wanted;
  const weights = weightsOf(live, canaryPercent);
  return colorsWithUsers(live, weights).flatMap((color) => {
    const version = versions[color];
    if (version === undefined) return [];
    const role = color === live ? "live" : "canary";
    const gains = role === "live" ? last?.live !== live : weights[color] > (last?.weights[color] ?? 0);
    // A check that passed is not run again by itself. Users who have not moved since, because the update failed after
    // it, may only do so after another look; those who are there already wait for none.
    const look = gains ? { at, otherSharePercent: shareOf(otherColor(color), last) } : last?.looks?.[role];
    return { role, color, version, sharePercent: role === "live" ? 100 : weights[color], look };
  });
}

/** A color without users has nothing to compare with; then it counts as one that carries everything. */
function shareOf(color: Color, last: LastRelease | undefined): number {
  return last?.weights[color] || 100;
}
