import { COLORS, type Color, otherColor } from "../../components/fleet/color";
import type { ValidationIssue } from "../../components/validation/validation-issue";
import type { ColorVersion, Weights } from "./last-release";

/** The release that the settings ask for. */
export interface WantedRelease {
  readonly live: Color;
  /** A color without a version has a target group and no instances. */
  readonly versions: Readonly<Partial<Record<Color, string>>>;
  /** The traffic of the color that is not live, 0-99. */
  readonly canaryPercent: number;
  /** `warm`: a color without traffic keeps its instances. */
  readonly idle: "warm" | "off";
  /** Id of the last contract script that may run. */
  readonly contractThrough?: string;
  /** The maximum number of invocations of a migration step with a backfill in one update, 1-16. */
  readonly maxMigrationInvocations: number;
}

export function trafficWeights({
  live,
  canaryPercent,
}: Pick<WantedRelease, "live" | "canaryPercent">): Weights {
  const weights = { blue: 0, green: 0 };
  weights[live] = 100 - canaryPercent;
  weights[otherColor(live)] = canaryPercent;
  return weights;
}

/** The colors with a version, grouped by their capacity after the update. Each group is in the order blue, green. */
export interface Capacity {
  /** Colors that receive traffic. */
  readonly serving: readonly ColorVersion[];
  /** Colors with instances but without traffic. */
  readonly idle: readonly ColorVersion[];
  /** Colors without instances. */
  readonly retired: readonly ColorVersion[];
}

export function plannedCapacity({ versions, idle }: WantedRelease, weights: Weights): Capacity {
  const released = COLORS.flatMap((color): ColorVersion[] => {
    const version = versions[color];
    return version === undefined ? [] : [{ color, version }];
  });
  const unused = released.filter(({ color }) => weights[color] === 0);
  return {
    serving: released.filter(({ color }) => weights[color] > 0),
    idle: idle === "warm" ? unused : [],
    retired: idle === "warm" ? [] : unused,
  };
}

/** Issues of the wanted release that do not depend on the last one. */
export function releaseIssues({ live, versions, canaryPercent, idle }: WantedRelease): ValidationIssue[] {
  const other = otherColor(live);
  const issues: ValidationIssue[] = [];
  if (versions[live] === undefined) {
    issues.push({
      key: `${live}Version`,
      got: undefined,
      allowed: `a version such as 1.2.3 because ${live} is live`,
      remedy: `Set ${live}Version, or make ${other} live.`,
    });
  }
  if (canaryPercent > 0 && versions[other] === undefined) {
    issues.push({
      key: "canaryPercent",
      got: canaryPercent,
      allowed: `0 while ${other} has no version`,
      remedy: `Deploy a version to ${other} first: set ${other}Version and run \`pulumi up\`.`,
    });
  }
  if (canaryPercent > 0 && idle === "off") {
    issues.push({
      key: "idle",
      got: idle,
      allowed: `"warm" while canaryPercent is ${canaryPercent} because ${other} receives traffic`,
      remedy: "Set idle to warm, or canaryPercent to 0.",
    });
  }
  return issues;
}
