import type { RehearsedVersion } from "./options";

export type LiveColor = "blue" | "green";

/** The part of the stack's `release` output that determines the next step. */
export interface CurrentRelease {
  readonly live: LiveColor;
}

/** A step of a release: a change of the config, followed by `up`. */
export interface ReleaseStep {
  readonly kind: "first" | "deploy" | "canary" | "flip" | "retire" | "contract";
  readonly title: string;
  /** Changes of the stack's settings, by key. An empty string removes a setting. */
  readonly config: Readonly<Record<string, string>>;
  /** Set if the step is a flip. */
  readonly flip?: { readonly from: LiveColor; readonly to: LiveColor };
}

/** The versions that a step names, by color, for the load: answers may name only their version. */
export function versionsOf({ config }: Pick<ReleaseStep, "config">): Readonly<Record<string, string>> {
  const named = (["blue", "green"] as const).flatMap((color) => {
    const version = config[`${color}Version`];
    return version === undefined ? [] : [[color, version] as const];
  });
  return Object.fromEntries(named);
}

/** A step of the scenario. Its details are determined when it is run. */
export interface PlannedStep {
  readonly plan: (current: CurrentRelease) => ReleaseStep;
  /** True if the load continues for `bakeSeconds` before the next step. */
  readonly bakes: boolean;
}

/** The steps of a complete release: deploy, flip, rollback, second flip, and then the end of the rollback window. */
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

/** The first update of the stack: one color receives all traffic. */
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

/** Deploys to the idle color. The expand scripts run while the live color is serving. */
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

/** Shifts all traffic to the other color. A rollback is the same step. */
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

/** Runs the contract scripts. Afterwards a rollback to the earlier versions is no longer possible. */
export function contract(through: string): ReleaseStep {
  return { kind: "contract", title: `Contract through ${through}`, config: { contractThrough: through } };
}

function otherColor(color: LiveColor): LiveColor {
  return color === "blue" ? "green" : "blue";
}
