import { COLORS, type Color, otherColor } from "../../components/fleet/color";
import type { ValidationIssue } from "../../components/validation/validation-issue";
import type { LastRelease } from "./last-release";
import type { ReleaseContext } from "./release-context";
import type { WantedRelease } from "./wanted-release";

/**
 * Issues of the transition from the last release to the wanted one.
 *
 * During an update, a color's old and new instances share its target group. So the version of a color with traffic
 * never changes: a deployment and a traffic shift are two updates.
 */
export function transitionIssues({ wanted, last, weights }: ReleaseContext): ValidationIssue[] {
  if (last === undefined) return [];
  return COLORS.filter((color) => last.versions[color] !== wanted.versions[color]).flatMap((color) => {
    if (last.weights[color] > 0) return [changedUnderTraffic(color, wanted, last)];
    const version = wanted.versions[color];
    return weights[color] > 0 && version !== undefined ? [notYetDeployed(color, version, wanted, last)] : [];
  });
}

function changedUnderTraffic(color: Color, wanted: WantedRelease, last: LastRelease): ValidationIssue {
  const before = last.versions[color];
  const after = wanted.versions[color];
  const other = otherColor(color);
  // During a canary both colors receive traffic, and neither can take a new version.
  const isOtherFree = after !== undefined && last.weights[other] === 0;
  const deploy = isOtherFree ? ` and deploy ${after} to ${other}` : "";
  return {
    key: `${color}Version`,
    got: after,
    allowed: `${JSON.stringify(before)} while ${color} receives ${last.weights[color]} % of the traffic`,
    remedy: `Set ${color}Version back to ${before}${deploy}, or shift traffic to ${other} first.`,
  };
}

function notYetDeployed(
  color: Color,
  version: string,
  wanted: WantedRelease,
  last: LastRelease,
): ValidationIssue {
  const until = `until ${version} is deployed to ${color}, which ran ${last.versions[color] ?? "nothing"} after the last update`;
  const isLive = color === wanted.live;
  return {
    key: isLive ? "live" : "canaryPercent",
    got: isLive ? color : wanted.canaryPercent,
    allowed: `${isLive ? JSON.stringify(otherColor(color)) : 0} ${until}`,
    remedy: `Deploy first: set ${sameTraffic(wanted, last)}, run \`pulumi up\`, then shift traffic.`,
  };
}

/** The settings that keep the current weights. */
function sameTraffic({ live, canaryPercent }: WantedRelease, last: LastRelease): string {
  const canaryBefore = last.weights[otherColor(last.live)];
  return [
    ...(last.live === live ? [] : [`live to ${last.live}`]),
    ...(canaryBefore === canaryPercent ? [] : [`canaryPercent to ${canaryBefore}`]),
  ].join(" and ");
}
