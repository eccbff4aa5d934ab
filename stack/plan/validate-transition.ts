import { COLORS, otherColor } from "../../components/fleet/color";
import type { Refusal } from "../validation-error";
import { type LastRelease, type WantedRelease, weightsOf } from "./release-context";

/** What is wrong with a release in itself, whatever was before. */
export function refuseRelease(wanted: WantedRelease): Refusal[] {
  const { live, versions, canaryPercent, idle } = wanted;
  const other = otherColor(live);
  const refusals: Refusal[] = [];
  if (versions[live] === undefined) {
    refusals.push({
      what: `${live}Version`,
      got: undefined,
      allowed: `a version such as 1.2.3, because ${live} is live`,
      todo: `Set ${live}Version, or make ${other} live.`,
    });
  }
  if (canaryPercent > 0 && versions[other] === undefined) {
    refusals.push({
      what: "canaryPercent",
      got: canaryPercent,
      allowed: `0 while ${other} has no version`,
      todo: `Deploy a version to ${other} first: set ${other}Version and run \`pulumi up\`.`,
    });
  }
  if (canaryPercent > 0 && idle === "off") {
    refusals.push({
      what: "idle",
      got: idle,
      allowed: `"warm" while canaryPercent is ${canaryPercent}, because ${other} has users`,
      todo: "Set idle to warm, or canaryPercent to 0.",
    });
  }
  return refusals;
}

/**
 * What cannot be done in one update from what was before. Until the very end of an update the old servers and the new
 * ones share their color's target group, so a version never changes under users: deploy it to the color that has none,
 * then move the users in an update of its own.
 */
export function refuseTransition(last: LastRelease | undefined, wanted: WantedRelease): Refusal[] {
  if (last === undefined) return [];
  const weights = weightsOf(wanted.live, wanted.canaryPercent);
  const refusals: Refusal[] = [];
  for (const color of COLORS) {
    const before = last.versions[color];
    const after = wanted.versions[color];
    if (before === after) continue;
    const other = otherColor(color);
    if (last.weights[color] > 0) {
      // While a canary splits the users, neither color is free for a new version.
      const isFree = after !== undefined && last.weights[other] === 0;
      const elsewhere = isFree ? ` and deploy ${after} to ${other}, or ` : ", or ";
      refusals.push({
        what: `${color}Version`,
        got: after,
        allowed: `${JSON.stringify(before)} while ${color} has ${last.weights[color]} % of the users`,
        todo: `Set ${color}Version back to ${before}${elsewhere}move the users to ${other} first.`,
      });
    } else if (weights[color] > 0 && after !== undefined) {
      refusals.push({
        what: color === wanted.live ? "live" : "canaryPercent",
        got: color === wanted.live ? color : wanted.canaryPercent,
        allowed: `${color === wanted.live ? "a color" : "a share for a color"} whose version is deployed already: ${color} ran ${before ?? "nothing"} after the last update, and ${after} is new`,
        todo: `Deploy first: set ${usersAsBefore(last, wanted)}, run \`pulumi up\`, then move the users.`,
      });
    }
  }
  return refusals;
}

/** The settings that leave the users where they are. */
function usersAsBefore({ live, weights }: LastRelease, wanted: WantedRelease): string {
  const canaryPercent = weights[otherColor(live)];
  return [
    ...(live === wanted.live ? [] : [`live to ${live}`]),
    ...(canaryPercent === wanted.canaryPercent ? [] : [`canaryPercent to ${canaryPercent}`]),
  ].join(" and ");
}
