import { COLORS, type Color, otherColor } from "../../components/fleet/color";
import { compareVersions } from "../../migrations/script/version";

/** What the stack's config asks for. */
export interface WantedRelease {
  readonly live: Color;
  /** The release of each color; a color without one has an address and no servers. */
  readonly versions: Readonly<Partial<Record<Color, string>>>;
  /** The share of users, in percent, that goes to the color that is not live. 0-99. */
  readonly canaryPercent: number;
  /** Whether the color without users keeps its servers. */
  readonly idle: "warm" | "off";
  /** The last contract script that may run, by id. */
  readonly contractThrough?: string;
  /** How often one update may invoke a migration step that has a backfill. 1-16. */
  readonly maxMigrationInvocations: number;
}

/** How far the database is contracted, and who could serve when that was decided. */
export interface Contracted {
  /** The last contract script that is applied, by id. */
  readonly through: string;
  readonly serving: ServingColor[];
}

export interface ServingColor {
  readonly color: Color;
  readonly version: string;
}

/** What the last update left, as the stack's own output `release` says it. */
export interface LastRelease {
  readonly live: Color;
  readonly versions: Readonly<Partial<Record<Color, string>>>;
  readonly weights: Readonly<Record<Color, number>>;
  readonly contracted?: Contracted;
  /** SHA-256 of each migration script that has run, or was to run at the very end, by its file. */
  readonly applied?: Readonly<Record<string, string>>;
  /** How often each migration step may be invoked. */
  readonly invocations?: { readonly expand: number; readonly contract: number };
  /** The last look of the gate at each color that got users, by the color's role. */
  readonly looks?: Readonly<Partial<Record<GateRole, GateLook>>>;
  /** SHA-256 of each published artifact by its key. */
  readonly artifacts?: Readonly<Record<string, string>>;
}

/** Why a color has users: because it is live, or as the canary. */
export type GateRole = "live" | "canary";

/** When the gate was asked, and what the other color carried then. Kept until users move again. */
export interface GateLook {
  /** Names the update that asked, by its time. */
  readonly at: string;
  /** The share of users that the other color had, in percent. 1-100. */
  readonly otherSharePercent: number;
}

/** The share of users of each color, adding up to 100. */
export function weightsOf(live: Color, canaryPercent: number): Record<Color, number> {
  const weights = { blue: 0, green: 0 };
  weights[live] = 100 - canaryPercent;
  weights[otherColor(live)] = canaryPercent;
  return weights;
}

/** Colors that have users, the live one first. */
export function colorsWithUsers(live: Color, weights: Readonly<Record<Color, number>>): Color[] {
  return [live, otherColor(live)].filter((color) => weights[color] > 0);
}

/** Whether a color keeps servers: it has a release, and it has users or is kept warm. */
export function canServe(wanted: WantedRelease, color: Color): boolean {
  if (wanted.versions[color] === undefined) return false;
  const weights = weightsOf(wanted.live, wanted.canaryPercent);
  return weights[color] > 0 || color === wanted.live || wanted.idle === "warm";
}

/** The colors that keep servers, with what they run. */
export function servingColors(wanted: WantedRelease): ServingColor[] {
  return COLORS.flatMap((color) => {
    const version = wanted.versions[color];
    return version !== undefined && canServe(wanted, color) ? [{ color, version }] : [];
  });
}

/** Each version that a color names, once, oldest first. */
export function versionsInUse(versions: Readonly<Partial<Record<Color, string>>>): string[] {
  const named = COLORS.map((color) => versions[color]).filter((version) => version !== undefined);
  return [...new Set(named)].sort(compareVersions);
}

/** Those who would feel a change of the schema. */
export function versionsWithUsers(last: LastRelease | undefined): string[] {
  if (!last) return [];
  return COLORS.filter((color) => last.weights[color] > 0).flatMap((color) => last.versions[color] ?? []);
}
