/** Decides from an observation if a tier of a color is ready for traffic. Pure functions. */

import { registered, type TargetHealth } from "../../traffic/targets";
import type { GateEvent, GateTier } from "./event";

/** The response of `/version`. */
export interface VersionReport {
  readonly instance: string;
  readonly color: string;
  readonly version: string;
}

/** The state of one tier at one time. */
export interface Observation {
  readonly targets: readonly TargetHealth[];
  /** The newest report of each distinct instance. */
  readonly reports: readonly VersionReport[];
  /** Healthy targets of the other color; 0 if the event names no target group of that color. */
  readonly otherHealthy: number;
  /** Reason why the requests ended early. */
  readonly failure?: string;
  /** True if the time limit ended the requests, so that the previous observation is more complete. */
  readonly isIncomplete?: boolean;
}

function describeTarget({ id, state, reason, description }: TargetHealth): string {
  const why = [reason, description].filter((text) => text !== undefined).join(": ");
  return why === "" ? `${id} ${state}` : `${id} ${state} (${why})`;
}

export function isExpected(report: VersionReport, expected: Pick<GateEvent, "color" | "version">): boolean {
  return report.color === expected.color && report.version === expected.version;
}

/** Counts such as `2 blue 1.0.0, 1 green 1.1.0`. */
function countVersions(reports: readonly VersionReport[]): string {
  const counts = new Map<string, number>();
  for (const { color, version } of reports) {
    const label = `${color} ${version}`;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].map(([label, count]) => `${count} ${label}`).join(", ") || "none";
}

type Expectation = Pick<GateEvent, "color" | "version" | "sharePercent" | "otherSharePercent">;

/** Healthy targets that the color needs for its share of the traffic. */
export function neededTargets(
  { sharePercent, otherSharePercent }: Pick<Expectation, "sharePercent" | "otherSharePercent">,
  { minHealthy }: Pick<GateTier, "minHealthy">,
  otherHealthy: number,
): number {
  // The other color may be at its minimum and have more instances than its traffic needs. Then its count says nothing
  // about how many targets this color needs.
  if (otherHealthy <= minHealthy) return minHealthy;
  return Math.max(minHealthy, Math.ceil((otherHealthy * sharePercent) / otherSharePercent));
}

/** Every reason why the tier is not ready, each with a remedy. Empty when it is ready. */
export function problemsOf(
  expected: Expectation,
  tier: GateTier,
  { targets, reports, otherHealthy, failure }: Observation,
): string[] {
  const problems: string[] = [];
  const present = registered(targets);
  const unhealthy = present.filter(({ state }) => state !== "healthy");
  const needed = neededTargets(expected, tier, otherHealthy);
  if (present.length - unhealthy.length < needed) {
    const { otherSharePercent: share } = expected;
    const load = share < 100 ? ` for ${share} % of the traffic` : "";
    const why = needed > tier.minHealthy ? ` (the other color runs ${otherHealthy}${load})` : "";
    problems.push(
      `${present.length - unhealthy.length} healthy targets, ${needed} needed${why}: raise the color's capacity, ` +
        "or find out why its instances do not start (activity of its Auto Scaling group, log of an instance)",
    );
  }
  if (unhealthy.length > 0) {
    problems.push(
      `not healthy: ${unhealthy.map(describeTarget).join(", ")}: request the health check path on that instance`,
    );
  }
  const unexpected = reports.filter((report) => !isExpected(report, expected));
  if (unexpected.length > 0) {
    problems.push(
      `reports of another color or version: ${unexpected
        .map(({ instance, color, version }) => `${instance} is ${color} ${version}`)
        .join(", ")}: wait until the old instances have left the target group, ` +
        "and check that the color's test rule forwards to this group",
    );
  }
  const expectedReports = reports.length - unexpected.length;
  if (failure !== undefined) {
    problems.push(`${failure}: check the color's test rule, its headers and the security groups`);
  } else if (unexpected.length === 0 && unhealthy.length === 0 && expectedReports < present.length) {
    problems.push(
      `${expectedReports} of ${present.length} registered targets answered GET ${tier.url}/version: ` +
        "check that the color's test rule forwards to this target group",
    );
  }
  return problems;
}

export function describeObservation({ targets, reports }: Observation): string {
  const states = targets.map(describeTarget).join(", ") || "none";
  return `targets: ${states}; reports: ${countVersions(reports)}`;
}
