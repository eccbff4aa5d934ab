/** Whether a tier of a color is ready for users: pure decisions on what was seen. */

import type { GateEvent, GateTier } from "./event";

/** A target of the group, in the words of DescribeTargetHealth. */
export interface Target {
  readonly id: string;
  readonly state: string;
  readonly reason?: string;
  readonly description?: string;
}

/** What `/version` said. */
export interface Answer {
  readonly instance: string;
  readonly color: string;
  readonly version: string;
}

export interface Seen {
  readonly targets: readonly Target[];
  /** One for each distinct instance, the newest. */
  readonly answers: readonly Answer[];
  /** Healthy targets of the other color, which has users now; 0 when nobody asked. */
  readonly otherHealthy: number;
  /** Why asking ended early. */
  readonly failure?: string;
  /** Time ran out before every target could answer; the look before this one tells more. */
  readonly cutShort?: boolean;
}

/** Draining targets get no new requests: they have left the group already. */
export function registered(targets: readonly Target[]): Target[] {
  return targets.filter(({ state }) => state !== "draining");
}

function describeTarget({ id, state, reason, description }: Target): string {
  const why = [reason, description].filter((text) => text !== undefined).join(": ");
  return why === "" ? `${id} ${state}` : `${id} ${state} (${why})`;
}

function isExpected(answer: Answer, expected: Pick<GateEvent, "color" | "version">): boolean {
  return answer.color === expected.color && answer.version === expected.version;
}

/** Counts such as `2 blue 1.0.0, 1 green 1.1.0`. */
export function countVersions(answers: readonly Answer[]): string {
  const counts = new Map<string, number>();
  for (const { color, version } of answers) {
    const label = `${color} ${version}`;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].map(([label, count]) => `${count} ${label}`).join(", ") || "none";
}

type Wanted = Pick<GateEvent, "color" | "version" | "sharePercent" | "otherSharePercent">;

/** How many healthy targets the color needs for its share of the users. */
export function neededTargets(
  { sharePercent, otherSharePercent }: Pick<Wanted, "sharePercent" | "otherSharePercent">,
  { minHealthy }: Pick<GateTier, "minHealthy">,
  otherHealthy: number,
): number {
  // At the minimum a color has what it was given; only beyond it, what its users need.
  if (otherHealthy <= minHealthy) return minHealthy;
  return Math.max(minHealthy, Math.ceil((otherHealthy * sharePercent) / otherSharePercent));
}

/** Every reason why the tier is not ready, each with what to do; none when it is. */
export function problemsOf(
  expected: Wanted,
  tier: GateTier,
  { targets, answers, otherHealthy, failure }: Seen,
): string[] {
  const problems: string[] = [];
  const present = registered(targets);
  const sick = present.filter(({ state }) => state !== "healthy");
  const needed = neededTargets(expected, tier, otherHealthy);
  if (present.length - sick.length < needed) {
    const { otherSharePercent: share } = expected;
    const load = share < 100 ? ` for ${share} % of the users` : "";
    const why = needed > tier.minHealthy ? ` (the other color runs ${otherHealthy}${load})` : "";
    problems.push(
      `${present.length - sick.length} healthy targets, ${needed} needed${why}: give the color more capacity, ` +
        "or see why its instances do not start (activity of its Auto Scaling Group, log of an instance)",
    );
  }
  if (sick.length > 0) {
    problems.push(
      `not healthy: ${sick.map(describeTarget).join(", ")}: see what GET /healthz says on that instance`,
    );
  }
  const strangers = answers.filter((answer) => !isExpected(answer, expected));
  if (strangers.length > 0) {
    problems.push(
      `answers of another color or version: ${strangers
        .map(({ instance, color, version }) => `${instance} is ${color} ${version}`)
        .join(", ")}: wait until the old instances have left the target group, ` +
        "and check that the color's rule points at this group",
    );
  }
  const right = answers.length - strangers.length;
  if (failure !== undefined) {
    problems.push(`${failure}: check the color's rule, its headers and security groups`);
  } else if (strangers.length === 0 && sick.length === 0 && right < present.length) {
    problems.push(
      `${right} of ${present.length} registered targets answered GET ${tier.url}/version: ` +
        "check that the color's rule points at this target group",
    );
  }
  return problems;
}

/** One line on what was seen in a tier, whatever is wrong with it. */
export function describeSeen({ targets, answers }: Seen): string {
  const states = targets.map(describeTarget).join(", ") || "none";
  return `targets: ${states}; answers: ${countVersions(answers)}`;
}
