import type { RehearsedVersion } from "./options";

export type LiveColor = "blue" | "green";

/** The part of the stack's `release` output that determines the next step. */
export interface CurrentRelease {
  readonly live: LiveColor;
}

/** A step of a release: a change of the config, followed by `up`. */
export interface ReleaseStep {
  readonly kind: "first" | "deploy" | "canary" | "flip" | "rollback" | "retire" | "contract";
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

/** Plans a step from the release at the time when it is run. */
export type PlanStep = (current: CurrentRelease) => ReleaseStep;

export interface PlannedRelease extends RehearsedVersion {
  /** Traffic of the new version before it receives all of it; 0 for no canary. */
  readonly canaryPercent: number;
  /** True if the traffic is shifted back once, and then forward again. */
  readonly isRolledBack: boolean;
}

/** Plans the releases of a rehearsal. The second one is rolled back once, or the only one. */
export function planRehearsedReleases(
  versions: readonly RehearsedVersion[],
  canaryPercent: number,
): PlannedRelease[] {
  const rolledBack = Math.min(1, versions.length - 1);
  return versions.map(({ version, contractThrough }, index) => ({
    version,
    // The release before has run the scripts already.
    ...(contractThrough === versions[index - 1]?.contractThrough ? {} : { contractThrough }),
    canaryPercent,
    isRolledBack: index === rolledBack,
  }));
}

/** The steps of a release: deploy, canary, flip, rollback and second flip, and then the end of the rollback window. */
export function releaseSteps(release: PlannedRelease): PlanStep[] {
  const { version, contractThrough, canaryPercent, isRolledBack } = release;
  return [
    (current) => deploy(current, version),
    ...(canaryPercent > 0 ? [(current: CurrentRelease) => canary(current, canaryPercent)] : []),
    flip,
    ...(isRolledBack ? [rollBack, flip] : []),
    retire,
    ...(contractThrough === undefined ? [] : [() => contract(contractThrough)]),
  ];
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

/** Shifts all traffic to the other color. */
export function flip({ live }: CurrentRelease): ReleaseStep {
  const to = otherColor(live);
  return {
    kind: "flip",
    title: `Flip traffic from ${live} to ${to}`,
    config: { live: to, canaryPercent: "0" },
    flip: { from: live, to },
  };
}

/** Shifts all traffic back, which changes the same settings as a flip. */
export function rollBack(current: CurrentRelease): ReleaseStep {
  const step = flip(current);
  return {
    ...step,
    kind: "rollback",
    title: `Roll back traffic from ${current.live} to ${step.config.live}`,
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

export function otherColor(color: LiveColor): LiveColor {
  return color === "blue" ? "green" : "blue";
}
