import { COLORS, type Color, otherColor } from "../../components/fleet/color";
import type { ValidationIssue } from "../../components/validation/validation-issue";
import type { ShiftRecord } from "../../traffic/shift-record";
import type { LastRelease, ServedMemory, ShiftMemory, Weights } from "./last-release";
import { trafficWeights, type WantedRelease } from "./wanted-release";

export type ProductionReading =
  /** The rule cannot be read, for example in a preview without AWS. */
  | { readonly kind: "unread" }
  | { readonly kind: "none" }
  | {
      readonly kind: "rule";
      /** Traffic in percent by color; adds up to 100 if there are no foreign target groups. */
      readonly weights: Weights;
      readonly record?: ShiftRecord;
      /** ARNs of target groups that receive traffic and belong to no color. */
      readonly foreign?: readonly string[];
    };

type ProductionState = Extract<ProductionReading, { kind: "rule" }>;

export interface TruthInput {
  /** The output `release`; undefined on the first update, or if the outputs were lost. */
  readonly last: LastRelease | undefined;
  readonly rule: ProductionReading;
  readonly wanted: WantedRelease;
  readonly expectedSerial?: number;
}

/** The state from which an update starts, after a comparison of config, output `release` and production rule. */
export interface Truth {
  readonly before: LastRelease | undefined;
  /**
   * - `agreed`: output `release` and rule have the same traffic; also the first update.
   * - `unread`: the rule is not known.
   * - `interrupted`: an update of this program shifted the traffic and did not finish. It is continued.
   * - `adopted`: the traffic was shifted by another writer, and the config agrees.
   * - `recovered`: the output `release` was lost, and the config agrees.
   */
  readonly stance: "agreed" | "unread" | "interrupted" | "adopted" | "recovered";
  readonly notes: readonly string[];
}

/** @returns the state before the update, or the issues for which it is rejected */
export function compareTruth(input: TruthInput): Truth | { readonly issues: ValidationIssue[] } {
  const { last, rule } = input;
  if (rule.kind !== "rule") return withoutRule(input);
  return last === undefined ? withoutMemory(input, rule) : withBoth(input, last, rule);
}

function withoutRule({ last, rule, expectedSerial }: TruthInput): ReturnType<typeof compareTruth> {
  const serial = last?.serial ?? 0;
  const isUnread = rule.kind === "unread";
  // In a preview without AWS, the number may be that of a shift that the output `release` does not contain yet.
  if (expectedSerial !== undefined && expectedSerial !== serial && !(isUnread && last === undefined)) {
    return { issues: [serialIssue(expectedSerial, serial)] };
  }
  const unread = "The production rule was not read, so its traffic was not compared with the last update.";
  const gone =
    "The production rule of the last update does not exist in AWS. Run `pulumi refresh` and then `pulumi up`, which creates it.";
  if (isUnread) return { before: last, stance: "unread", notes: last === undefined ? [] : [unread] };
  return { before: last, stance: "agreed", notes: last === undefined ? [] : [gone] };
}

/** Without the output `release` no transition can be checked, so traffic and versions must not change. */
function withoutMemory(
  { wanted, expectedSerial }: TruthInput,
  rule: ProductionState,
): ReturnType<typeof compareTruth> {
  const serial = rule.record?.serial ?? 0;
  const weights = trafficWeights(wanted);
  if (expectedSerial !== undefined && expectedSerial !== serial) {
    return { issues: [serialIssue(expectedSerial, serial)] };
  }
  if (expectedSerial === undefined || !isSame(rule, weights)) {
    return {
      issues: [
        {
          key: "The stack's output `release`",
          allowed: `an output of the last update, because a production rule exists (${describe(rule)})`,
          got: undefined,
          remedy:
            "Its first update did not finish, or its outputs were lost. Restore them with `pulumi stack export` and `import`. " +
            "Or continue with the traffic as it is, with the versions that run now in the config: " +
            `${keepCommands(rule, wanted.live).join("; ")}; pulumi config set expectedSerial ${serial}; pulumi up.`,
        },
      ],
    };
  }
  const versions = Object.fromEntries(
    COLORS.filter((color) => weights[color] > 0).map((color) => [color, wanted.versions[color]]),
  );
  const shift = shiftOf(rule, serial);
  return {
    before: {
      live: wanted.live,
      versions,
      ...shift,
      // The gate checks run, and fail if the instances have another version than the config.
      gateChecks: { live: { serial, otherSharePercent: 100 }, canary: { serial, otherSharePercent: 100 } },
      history: [shift],
      // Keeps a login that a color may use; an unused one does no harm.
      logins: { blue: "own", green: "own" },
    },
    stance: "recovered",
    notes: [`The outputs of the last update are missing. The traffic stays as it is: ${describe(rule)}.`],
  };
}

function withBoth(
  { wanted, expectedSerial }: TruthInput,
  last: LastRelease,
  rule: ProductionState,
): ReturnType<typeof compareTruth> {
  const weights = trafficWeights(wanted);
  const known = last.serial ?? 0;
  const serial = rule.record?.serial ?? known;
  const isInterrupted =
    rule.record !== undefined && isNextOfProgram(rule.record, known) && !isSame(rule, last.weights);
  const agreesWithConfig = isSame(rule, weights);
  const expected = isInterrupted && agreesWithConfig ? [serial, known] : [serial];
  if (expectedSerial !== undefined && !expected.includes(expectedSerial)) {
    return { issues: [serialIssue(expectedSerial, serial, rule)] };
  }
  if (isSame(rule, last.weights) && serial <= known) return { before: last, stance: "agreed", notes: [] };
  if (isInterrupted && agreesWithConfig) {
    return {
      before: last,
      stance: "interrupted",
      notes: [`An update shifted the traffic and did not finish (${describe(rule)}). It is continued.`],
    };
  }
  // With the rule's number, the operator confirms the traffic as it is.
  const isExpected = expectedSerial === serial && (rule.foreign ?? []).length === 0;
  if (agreesWithConfig || isExpected) {
    return {
      before: adopt(last, rule, Math.max(serial, known), wanted.live),
      stance: "adopted",
      notes: [`The traffic was shifted since the last update: ${describe(rule)}.`],
    };
  }
  return { issues: [shiftedIssue(wanted, last, rule, serial)] };
}

/** True for a record that this program writes at its next shift. */
function isNextOfProgram({ serial, kind, at }: ShiftRecord, known: number): boolean {
  return serial === known + 1 && (kind === "shift" || kind === "first") && at === undefined;
}

function adopt(last: LastRelease, rule: ProductionState, serial: number, wantedLive: Color): LastRelease {
  const shift = shiftOf(rule, serial);
  const live = liveColor(rule.weights, rule.weights[wantedLive] > 0 ? wantedLive : last.live);
  const roleBefore = (color: Color) => (color === last.live ? "live" : "canary");
  const gateChecks = COLORS.flatMap((color) => {
    const trigger = last.gateChecks?.[roleBefore(color)];
    const isChecked = rule.weights[color] > 0 && rule.weights[color] <= last.weights[color];
    return trigger && isChecked ? [[color === live ? "live" : "canary", trigger] as const] : [];
  });
  const { watch, weightFactor, kind, actor, commit, reason, started, finished, ...rest } = last;
  return {
    ...rest,
    ...shift,
    live,
    gateChecks: Object.fromEntries(gateChecks),
    served: servedAfter(last, rule.weights, shift.started),
    rolledBack: rolledBackAfter(last, rule.weights, losingColor(last, rule)),
    history: historyWith(shift, last),
  };
}

/** The preferred color, unless only the other one receives traffic. */
function liveColor(weights: Weights, preferred: Color): Color {
  const other = otherColor(preferred);
  return weights[preferred] === 0 && weights[other] > 0 ? other : preferred;
}

function shiftOf({ weights, record }: ProductionState, serial: number): ShiftMemory {
  const { kind = "shift", actor, commit, reason, at } = record ?? {};
  const given = Object.entries({ actor, commit, reason, started: at, finished: at });
  return {
    ...{ serial, kind, weights },
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
  };
}

const HISTORY_LENGTH = 10;

export function historyWith(shift: ShiftMemory, last: LastRelease | undefined): ShiftMemory[] {
  return [shift, ...(last?.history ?? [])].slice(0, HISTORY_LENGTH);
}

/**
 * The colors that were live and receive no traffic any more. A canary does not count, because it has not carried all
 * traffic. Neither does a version that lost its traffic to a rollback: a shift to it is checked in full.
 */
export function servedAfter(
  { live, versions, weights: before, served = {} }: LastRelease,
  weights: Weights,
  until?: string,
): Partial<Record<Color, ServedMemory>> {
  return Object.fromEntries(
    COLORS.flatMap((color): [Color, ServedMemory][] => {
      const version = versions[color];
      const former = served[color];
      if (weights[color] > 0 || version === undefined) return [];
      if (live === color && before[color] > 0) {
        const other = otherColor(color);
        const isRollback = served[other] !== undefined && served[other].version === versions[other];
        return isRollback ? [] : [[color, { version, ...(until === undefined ? {} : { until }) }]];
      }
      return former?.version === version ? [[color, former]] : [];
    }),
  );
}

/** The color that lost traffic to another writer's rollback; undefined if the last shift was not a rollback. */
function losingColor({ live }: LastRelease, { weights, record }: ProductionState): Color | undefined {
  if (record?.kind !== "rollback" && record?.kind !== "watch-rollback") return undefined;
  return COLORS.find((color) => weights[color] === 0) ?? otherColor(live);
}

/**
 * The versions that lost traffic to a rollback and have not gained any since.
 *
 * @param losing the color that loses traffic to a rollback now
 */
export function rolledBackAfter(
  { versions, weights: before, rolledBack = {} }: LastRelease,
  weights: Weights,
  losing?: Color,
): LastRelease["rolledBack"] {
  const colors = COLORS.filter(
    (color) =>
      versions[color] !== undefined &&
      (color === losing || (rolledBack[color] === versions[color] && weights[color] <= before[color])),
  );
  if (colors.length === 0) return undefined;
  return Object.fromEntries(colors.map((color) => [color, versions[color]]));
}

export function isSameWeights(left: Weights, right: Weights): boolean {
  return COLORS.every((color) => left[color] === right[color]);
}

function isSame(rule: ProductionState, weights: Weights): boolean {
  return (rule.foreign ?? []).length === 0 && isSameWeights(rule.weights, weights);
}

function describe({ weights, record, foreign = [] }: ProductionState): string {
  const shares =
    [
      ...COLORS.filter((color) => weights[color] > 0).map((color) => `${color} ${weights[color]} %`),
      ...foreign.map((arn) => `the target group ${arn} of no color`),
    ].join(", ") || "no traffic to a color";
  if (record === undefined) return shares;
  const { serial, kind, actor, reason, at } = record;
  const facts = [
    `shift ${serial}`,
    kind,
    actor && `by ${actor}`,
    at && `at ${at}`,
    reason && `reason: ${reason}`,
  ];
  return `${shares}; ${facts.filter(Boolean).join(", ")}`;
}

function keepCommands({ weights }: ProductionState, preferred: Color): string[] {
  const live = liveColor(weights, preferred);
  return [`pulumi config set live ${live}`, `pulumi config set canaryPercent ${weights[otherColor(live)]}`];
}

function shiftedIssue(
  wanted: WantedRelease,
  last: LastRelease,
  rule: ProductionState,
  serial: number,
): ValidationIssue {
  const key = liveColor(rule.weights, last.live) === wanted.live ? "canaryPercent" : "live";
  const lastShares = COLORS.filter((color) => last.weights[color] > 0).map(
    (color) => `${color} ${last.weights[color]} %`,
  );
  const since = isSame(rule, last.weights)
    ? "which was shifted back since the last update"
    : `which was shifted since the last update (${lastShares.join(", ")})`;
  const isForeign = (rule.foreign ?? []).length > 0;
  const isServed = COLORS.some((color) => rule.weights[color] > 0);
  // No config agrees with a rule that forwards to others, or to no color, as with a page for maintenance.
  const keep =
    isForeign || !isServed
      ? ""
      : `To keep its traffic: ${keepCommands(rule, last.live).join("; ")}; pulumi up. `;
  const shift = isForeign
    ? `Remove the foreign target groups from the rule first, or shift all traffic to one color: changeover rollback --to ${liveColor(rule.weights, last.live)}.`
    : `To shift it as the config says, after a gate check: pulumi config set expectedSerial ${serial}; pulumi up.`;
  return {
    key,
    got: wanted[key],
    allowed: `the traffic of the production rule, ${since}: ${describe(rule)}`,
    remedy: `${keep}${shift}`,
  };
}

function serialIssue(expected: number, serial: number, rule?: ProductionState): ValidationIssue {
  return {
    key: "expectedSerial",
    got: expected,
    allowed: `${serial}, the number of traffic shifts so far`,
    remedy: `The traffic was shifted since this config was made${rule ? ` (${describe(rule)})` : ""}. Check it, then set it: pulumi config set expectedSerial ${serial}.`,
  };
}
