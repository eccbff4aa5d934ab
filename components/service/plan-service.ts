/** Decides what an update of a service does, from its args and the production rule as it is. Pure functions. */

import { COLORS, type Color, otherColor } from "../fleet/color";
import type { ColorWeights } from "../fleet/color-weights";
import type { ShiftRecordArgs } from "../load-balancer/production-rule-args";
import type { ValidationIssue } from "../validation/validation-issue";
import { type ColorShift, parseMemory, RELEASE_TAG, type ServiceMemory } from "./release-tag";
import type { ProductionRuleState, ServiceRule, WantedService } from "./service-state";
import { serviceIssues } from "./validate-service";

export interface ServicePlan {
  readonly isShift: boolean;
  readonly weights: ColorWeights;
  /** Factor of the rule's weights, so that the provider changes a rule that another writer has changed. */
  readonly weightFactor: number;
  readonly record: ShiftRecordArgs;
  /** The memory after this update. The time at which a color loses its traffic is added by the component. */
  readonly memory: ServiceMemory;
  /** The color that loses all its traffic in this update after it was live. */
  readonly leaving?: Color;
  /** The production rule, if it exists. */
  readonly ruleArn?: string;
}

export function wantedWeights({ live, canaryPercent }: WantedService): ColorWeights {
  const weights = { blue: canaryPercent, green: canaryPercent };
  weights[live] = 100 - canaryPercent;
  return weights;
}

export function planService(
  wanted: WantedService,
  rule: ServiceRule,
): ServicePlan | { readonly issues: ValidationIssue[] } {
  const weights = wantedWeights(wanted);
  if (rule.kind !== "rule") return firstPlan(wanted, weights);
  const memory = parseMemory(rule.tags[RELEASE_TAG]);
  const serialBefore = Number(rule.tags["changeover:serial"]) || 0;
  const isAgreed = memory?.last.serial === serialBefore && isSame(memory.last.weights, rule.weights);
  const isShift = !isSame(weights, rule.weights);
  const issues = serviceIssues(wanted, rule, { weights, memory, serialBefore, isAgreed, isShift });
  if (issues.length > 0) return { issues };

  const serial = Math.max(1, isShift ? serialBefore + 1 : serialBefore);
  const liveBefore = memory?.live;
  const isLeft = liveBefore !== undefined && rule.weights[liveBefore] > 0 && weights[liveBefore] === 0;
  const isReturn =
    isLeft && memory !== undefined && servedUntil(wanted, rule, memory, wanted.live) !== undefined;
  return {
    isShift,
    weights,
    weightFactor: isShift ? (isAgreed ? 1 : 2 + (serial % 8)) : presentFactor(rule),
    record: isShift ? newRecord(wanted, serial, "shift") : presentRecord(rule, serial),
    memory: {
      live: wanted.live,
      last: { serial, weights },
      colors: colorShifts(wanted, rule, { weights, memory, serial, isShift }),
      ...servedMemory(memory, weights, isLeft),
    },
    // A version that loses its traffic to a rollback is checked in full before it gets traffic again.
    ...(isShift && isLeft && !isReturn ? { leaving: liveBefore } : {}),
    ruleArn: rule.arn,
  };
}

function firstPlan(wanted: WantedService, weights: ColorWeights): ServicePlan {
  const serving = COLORS.filter((color) => weights[color] > 0);
  const shiftOf = (color: Color): ColorShift => ({
    version: wanted.versions[color] ?? "",
    serial: 1,
    after: weights,
  });
  return {
    isShift: true,
    weights,
    weightFactor: 1,
    record: newRecord(wanted, 1, "first"),
    memory: {
      live: wanted.live,
      last: { serial: 1, weights },
      colors: Object.fromEntries(serving.map((color) => [color, shiftOf(color)])),
    },
  };
}

interface Transition {
  readonly weights: ColorWeights;
  readonly memory: ServiceMemory | undefined;
  readonly serial: number;
  readonly isShift: boolean;
}

function colorShifts(
  wanted: WantedService,
  rule: ProductionRuleState,
  { weights, memory, serial, isShift }: Transition,
): ServiceMemory["colors"] {
  return Object.fromEntries(
    COLORS.flatMap((color): [Color, ColorShift][] => {
      const version = wanted.versions[color];
      const former = memory?.colors[color];
      const known = former?.version === version ? former : undefined;
      if (version === undefined) return [];
      const isGaining = weights[color] > rule.weights[color];
      if (weights[color] === 0) return known ? [[color, known]] : [];
      if (!isGaining) {
        // A check is named after the role of its color. In another role, a color that serves already is checked anew.
        const isSameRole = (memory?.live === color) === (wanted.live === color);
        return [
          [color, known && isSameRole ? known : { version, serial, after: weights, servedUntil: "now" }],
        ];
      }
      const until = memory && servedUntil(wanted, rule, memory, color);
      const before = isShift ? { before: rule.weights } : {};
      return [
        [color, { version, serial, ...before, after: weights, ...(until ? { servedUntil: until } : {}) }],
      ];
    }),
  );
}

/** A canary's share does not prove that a color can serve all traffic. */
function servedUntil(
  { versions }: WantedService,
  { weights }: ProductionRuleState,
  { live, colors, served }: ServiceMemory,
  color: Color,
): string | undefined {
  if (colors[color] === undefined || colors[color].version !== versions[color]) return undefined;
  if (live === color && weights[color] > 0) return "now";
  return served?.color === color ? served.until : undefined;
}

function servedMemory(
  memory: ServiceMemory | undefined,
  weights: ColorWeights,
  isLeft: boolean,
): Pick<ServiceMemory, "served"> {
  const served = memory?.served;
  return served === undefined || isLeft || weights[served.color] > 0 ? {} : { served };
}

type ShiftRecord = ServicePlan["record"];

function newRecord({ actor, reason }: WantedService, serial: number, kind: ShiftRecord["kind"]): ShiftRecord {
  return { serial, kind, ...(actor ? { actor } : {}), ...(reason ? { reason } : {}) };
}

/** The record that the rule has, also if another writer made the shift. */
function presentRecord({ tags }: ProductionRuleState, serial: number): ShiftRecord {
  const values = ["actor", "commit", "reason", "at"].flatMap((key) => {
    const value = tags[`changeover:${key}`];
    return value === undefined ? [] : [[key, value]];
  });
  const kind = (tags["changeover:kind"] ?? "first") as ShiftRecord["kind"];
  return { serial, kind, ...Object.fromEntries(values) };
}

function presentFactor({ total }: ProductionRuleState): number {
  const factor = total / 100;
  return Number.isInteger(factor) && factor >= 1 && factor <= 9 ? factor : 1;
}

function isSame(left: ColorWeights, right: ColorWeights): boolean {
  return COLORS.every((color) => left[color] === right[color]);
}

/** The shift that a watch observes; undefined for the first traffic, and for a shift by another writer. */
export function watchedShift({ memory: { last, colors } }: ServicePlan) {
  const color = COLORS.find(
    (each) => colors[each]?.serial === last.serial && colors[each].before !== undefined,
  );
  const shift = color && colors[color];
  if (color === undefined || shift?.before === undefined) return undefined;
  const other = otherColor(color);
  return {
    ...{ color, version: shift.version, serial: last.serial },
    ...{ weights: shift.after, weightsBefore: shift.before },
    ...(shift.before[other] > 0 ? { holdColor: other } : {}),
  };
}
