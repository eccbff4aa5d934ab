import { COLORS, type Color } from "../../components/fleet/color";
import type { ColorVersion, LastRelease, LoginKind, LoginName } from "./last-release";

export interface LoginInput {
  readonly last: LastRelease | undefined;
  readonly released: readonly ColorVersion[];
  readonly running: readonly ColorVersion[];
  readonly deployed: readonly Color[];
}

export interface LoginPlan {
  readonly kinds: Readonly<Partial<Record<Color, LoginKind>>>;
  /** The logins of colors that have instances after the update. */
  readonly used: readonly LoginName[];
  /** All other logins. They end after the instances of retired colors are gone. */
  readonly retired: readonly LoginName[];
}

/** Gives each color its own login at its next deployment. Until then, its instances use the shared one. */
export function planLogins({ last, released, running, deployed }: LoginInput): LoginPlan {
  const kindOf = (color: Color): LoginKind =>
    deployed.includes(color) && last?.logins?.[color] !== "own" ? "shared" : "own";
  const names = running.map(({ color }): LoginName => (kindOf(color) === "own" ? color : "shared"));
  const all: readonly LoginName[] = [...COLORS, "shared"];
  return {
    kinds: Object.fromEntries(released.map(({ color }) => [color, kindOf(color)])),
    used: all.filter((name) => names.includes(name)),
    retired: all.filter((name) => !names.includes(name)),
  };
}
