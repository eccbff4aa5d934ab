import { z } from "zod";
import { COLORS, Color } from "../../components/fleet/color";
import { ValidationError } from "../validation-error";

/** Traffic in percent by color; adds up to 100. */
export type Weights = Readonly<Record<Color, number>>;

export interface ColorVersion {
  readonly color: Color;
  readonly version: string;
}

/** The login of a color's instances: its own, or the one that both colors shared in former versions of the program. */
export type LoginKind = "own" | "shared";

export type LoginName = Color | "shared";

/** The applied contract migrations, and the colors that had instances when they were requested. */
export interface AppliedContract {
  /** Id of the last contract script. */
  readonly through: string;
  readonly serving: ColorVersion[];
  /** The logins of colors without instances, which the contract step ends. */
  readonly retiredLogins?: LoginName[];
}

/** The role of a color that receives traffic. */
export type GateRole = "live" | "canary";

/** The trigger of a gate check: a new value runs the check again. */
export interface GateTrigger {
  /** The last traffic shift that gave the color more traffic; 0 before shifts were counted. */
  readonly serial: number;
  readonly updateId?: string;
  /** The other color's traffic before that update, in percent, 1-100; 100 if it had none. */
  readonly otherSharePercent: number;
}

const SHIFT_KINDS = ["first", "shift", "rollback", "watch-rollback"] as const;

export interface ShiftMemory {
  readonly serial: number;
  readonly kind: (typeof SHIFT_KINDS)[number];
  readonly weights: Weights;
  readonly actor?: string;
  readonly commit?: string;
  readonly reason?: string;
  /** Start of the gate check before the shift; the time of the shift if another writer made it. */
  readonly started?: string;
  /** End of the bake, or of the gate check without a bake. */
  readonly finished?: string;
}

/** The version with which a color was live before it lost its traffic. */
export interface ServedMemory {
  readonly version: string;
  /** Time of the shift that took its traffic; undefined if not known. */
  readonly until?: string;
}

/** Values of settings by dotted key. */
export type SettingValues = Readonly<Record<string, unknown>>;

/** The bake of the last traffic shift. The next update declares the same resource from it. */
export interface WatchMemory extends ColorVersion {
  readonly serial: number;
  readonly weights: Weights;
  readonly weightsBefore: Weights;
  readonly bakeMinutes: number;
  /** The color whose Auto Scaling groups keep their size during the bake. */
  readonly hold?: Color;
}

/** The stack's output `release`, with the facts about this update that the next update needs. */
export interface LastRelease extends Partial<ShiftMemory> {
  readonly live: Color;
  readonly versions: Readonly<Partial<Record<Color, string>>>;
  readonly weights: Weights;
  readonly contracted?: AppliedContract;
  /** SHA-256 of each applied migration script, by file. */
  readonly applied?: Readonly<Record<string, string>>;
  /** The invocations allowed for each migration step. */
  readonly invocations?: { readonly expand: number; readonly contract: number };
  readonly gateChecks?: Readonly<Partial<Record<GateRole, GateTrigger>>>;
  /** SHA-256 of each uploaded artifact, by key. Only programs before the output `manifests` wrote it. */
  readonly artifacts?: Readonly<Record<string, string>>;
  /** The last ten traffic shifts, the newest first. */
  readonly history?: readonly ShiftMemory[];
  readonly settings?: SettingValues;
  /** The settings from which each color's instances were deployed. */
  readonly deployed?: Readonly<Partial<Record<Color, SettingValues>>>;
  /** The login of each color's instances. Earlier versions of this program had one login for both colors. */
  readonly logins?: Readonly<Partial<Record<Color, LoginKind>>>;
  readonly served?: Readonly<Partial<Record<Color, ServedMemory>>>;
  /** The version of each color that lost its traffic to a rollback. A return to it is checked and watched in full. */
  readonly rolledBack?: Readonly<Partial<Record<Color, string>>>;
  readonly watch?: WatchMemory;
  /** The rule's weights divided by the percentages of the traffic. @default 1 */
  readonly weightFactor?: number;
}

const color = z.enum(Color);
const weights = z.object({ blue: z.number(), green: z.number() });
const byColor = <Value extends z.ZodType>(value: Value) =>
  z.object({ blue: value.optional(), green: value.optional() });
const trigger = z.union([
  z.object({ serial: z.number(), updateId: z.string().optional(), otherSharePercent: z.number() }),
  // Earlier versions of the program used a time as the trigger.
  z
    .object({ at: z.string(), otherSharePercent: z.number() })
    .transform(({ otherSharePercent }) => ({ serial: 0, otherSharePercent })),
]);
const gateChecks = z.object({ live: trigger.optional(), canary: trigger.optional() }).optional();
const shift = z.object({
  serial: z.number(),
  kind: z.enum(SHIFT_KINDS),
  weights,
  actor: z.string().optional(),
  commit: z.string().optional(),
  reason: z.string().optional(),
  started: z.string().optional(),
  finished: z.string().optional(),
});
const watch = z.object({
  serial: z.number(),
  color,
  version: z.string(),
  weights,
  weightsBefore: weights,
  bakeMinutes: z.number(),
  hold: color.optional(),
});
const settingValues = z.record(z.string(), z.unknown());
const lastRelease = z
  .object({
    ...shift.partial().shape,
    live: color,
    versions: byColor(z.string()),
    weights,
    contracted: z
      .object({
        through: z.string(),
        serving: z.array(z.object({ color, version: z.string() })),
        retiredLogins: z.array(z.enum([...COLORS, "shared"])).optional(),
      })
      .optional(),
    // Early versions wrote a list. It is ignored, and the plan derives the applied scripts from the versions.
    applied: z.record(z.string(), z.string()).optional().catch(undefined),
    invocations: z.object({ expand: z.number(), contract: z.number() }).optional(),
    gateChecks,
    /** The former name of `gateChecks`. */
    looks: gateChecks,
    artifacts: z.record(z.string(), z.string()).optional(),
    history: z.array(shift).optional(),
    settings: settingValues.optional(),
    deployed: byColor(settingValues).optional(),
    logins: byColor(z.enum(["own", "shared"])).optional(),
    served: byColor(z.object({ version: z.string(), until: z.string().optional() })).optional(),
    rolledBack: byColor(z.string()).optional(),
    weightFactor: z.number().optional(),
    watch: watch.optional(),
  })
  .transform(
    ({ looks, ...release }): LastRelease => ({ ...release, gateChecks: release.gateChecks ?? looks }),
  );

/**
 * Parses the output `release` of this or a former version of the program.
 *
 * @returns undefined if no update has written it yet
 * @throws ValidationError if it is malformed, because the checks that need it must not be skipped
 */
export function parseLastRelease(output: unknown): LastRelease | undefined {
  if (output === undefined || output === null) return undefined;
  const parsed = lastRelease.safeParse(output);
  if (parsed.success) return parsed.data;
  throw new ValidationError([
    {
      key: "The stack's output `release`",
      allowed: "an output of this program",
      got: output,
      remedy:
        "Restore it with `pulumi stack export` and `import`, or run the version of the program that wrote it.",
    },
  ]);
}
