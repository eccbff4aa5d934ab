import type { RehearsedVersion } from "./options";

export type LiveColor = "blue" | "green";

/** The part of the stack's `release` output from which the next step follows. */
export interface CurrentRelease {
  readonly live: LiveColor;
}

/** One step of a release: a change of the config, and then `up`. */
export interface ReleaseStep {
  readonly kind: "first" | "deploy" | "canary" | "flip" | "retire" | "contract";
  /** One line for the report. */
  readonly title: string;
  /** The stack's settings that change, by key; an empty text removes one. */
  readonly config: Readonly<Record<string, string>>;
  /** Set if the step shifts all traffic. */
  readonly flip?: { readonly from: LiveColor; readonly to: LiveColor };
}

/** A step of the scenario, which is decided when its turn comes. */
export interface PlannedStep {
  readonly plan: (current: CurrentRelease) => ReleaseStep;
  /** The load runs on for `bakeSeconds` before the next step. */
  readonly bakes: boolean;
}

/** A release as a team carries it out: flip, rollback, flip again, and then the end of the rollback window. */
export function releaseSteps({ version, contractThrough }: RehearsedVersion): PlannedStep[] {
  const steps: PlannedStep[] = [
    { plan: (current) => deploy(current, version), bakes: true },
    { plan: flip, bakes: true },
    { plan: flip, bakes: true },
    { plan: flip, bakes: true },
  ];
  if (contractThrough === undefined) return [...steps, { plan: retire, bakes: true }];
  return [...steps, { plan: retire, bakes: false }, { plan: () => contract(contractThrough), bakes: true }];
}

/** The stack's first update: one color, with all traffic. */
export function firstRelease(color: LiveColor, version: string): ReleaseStep {
  return {
    kind: "first",
    title: `Deploy ${version} to ${color}, the first color`,
    config: {
      live: color,
      [`${color}Version`]: version,
      [`${otherColor(color)}Version`]: "",
      canaryPercent: "0",
    },
  };
}

/** Deploys to the idle color; the expand scripts run while the live color serves. */
export function deploy({ live }: CurrentRelease, version: string): ReleaseStep {
  const idle = otherColor(live);
  return {
    kind: "deploy",
    title: `Deploy ${version} to ${idle} while ${live} is live`,
    config: { [`${idle}Version`]: version, idle: "warm" },
  };
}

export function canary({ live }: CurrentRelease, percent: number): ReleaseStep {
  return {
    kind: "canary",
    title: `Shift ${percent} % of traffic to ${otherColor(live)}`,
    config: { canaryPercent: String(percent) },
  };
}

/** A rollback is the same step again. */
export function flip({ live }: CurrentRelease): ReleaseStep {
  const to = otherColor(live);
  return {
    kind: "flip",
    title: `Flip traffic from ${live} to ${to}`,
    config: { live: to, canaryPercent: "0" },
    flip: { from: live, to },
  };
}

/** Scales the idle color in to 0. */
export function retire({ live }: CurrentRelease): ReleaseStep {
  return {
    kind: "retire",
    title: `Retire ${otherColor(live)}`,
    config: { idle: "off", canaryPercent: "0" },
  };
}

/** Removes the schema that no serving version needs, and with it the rollback to earlier versions. */
export function contract(through: string): ReleaseStep {
  return { kind: "contract", title: `Contract through ${through}`, config: { contractThrough: through } };
}

function otherColor(color: LiveColor): LiveColor {
  return color === "blue" ? "green" : "blue";
}
