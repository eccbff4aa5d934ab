import { type Color, otherColor } from "../../components/fleet/color";
import type { LastRelease } from "../../stack/plan/release";

/** Settings that a step changes; an empty text takes one away. Keys are those of the stack's config. */
export type ConfigChange = Readonly<Record<string, string>>;

/** One step of a release: a change of the config, and then `up`. */
export interface ReleaseStep {
  readonly kind: "first" | "deploy" | "canary" | "switch" | "retire" | "contract";
  /** In words, for whoever watches. */
  readonly title: string;
  readonly config: ConfigChange;
  /** Whom it moves. */
  readonly moves?: { readonly from: Color; readonly to: Color };
}

/** The stack's first update: one color, with all users. */
export function firstRelease(color: Color, version: string): ReleaseStep {
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

/** A new version goes to the color that has no users; its expand scripts run while the other one serves. */
export function deploy(now: LastRelease, version: string): ReleaseStep {
  const idle = otherColor(now.live);
  return {
    kind: "deploy",
    title: `Deploy ${version} to ${idle}, while ${now.live} serves`,
    config: { [`${idle}Version`]: version, idle: "warm" },
  };
}

/** A part of the users tries the color that is not live. */
export function canary(now: LastRelease, percent: number): ReleaseStep {
  return {
    kind: "canary",
    title: `Send ${percent} % of the users to ${otherColor(now.live)}`,
    config: { canaryPercent: String(percent) },
  };
}

/** All users move to the other color. Back is the same step again. */
export function switchColors(now: LastRelease): ReleaseStep {
  const to = otherColor(now.live);
  return {
    kind: "switch",
    title: `Move the users from ${now.live} to ${to}`,
    config: { live: to, canaryPercent: "0" },
    moves: { from: now.live, to },
  };
}

/** The color without users gives up its servers. */
export function retire(now: LastRelease): ReleaseStep {
  return {
    kind: "retire",
    title: `Retire ${otherColor(now.live)}`,
    config: { idle: "off", canaryPercent: "0" },
  };
}

/** The shape that no version needs any more goes; so does the way back to versions before. */
export function contract(through: string): ReleaseStep {
  return { kind: "contract", title: `Contract through ${through}`, config: { contractThrough: through } };
}
