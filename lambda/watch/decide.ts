/** Decides what the watch does, from the rule, the alarms and the checks. Pure functions. */

import { describeAlarm, type WatchedAlarm } from "../../traffic/alarms";
import { describeCheck } from "../../traffic/check-series";
import type { CheckOutcome } from "../../traffic/checks";
import { isSameTraffic, type RuleState, type TargetGroupWeights } from "../../traffic/production-rule";
import type { WatchEvent } from "./event";

/** Tag with the serial of the newest shift that has baked without a rollback. */
export const BAKED_TAG = "changeover:baked";

type Colors = WatchEvent["weights"];

/** Weights by target group. A weight of 0 is left out, as in the rule. */
export function weightsByGroup(
  { targetGroupArns }: Pick<WatchEvent, "targetGroupArns">,
  { blue, green }: Colors,
): TargetGroupWeights {
  const all = [
    [targetGroupArns.blue, blue],
    [targetGroupArns.green, green],
  ] as const;
  return Object.fromEntries(all.filter(([, weight]) => weight > 0));
}

export type Ownership =
  /** The rule has the record of this shift. */
  | "own"
  /** This shift has baked in an earlier invocation. */
  | "baked"
  /** The watch has rolled this shift back in an earlier invocation. */
  | "rolled-back"
  /** The traffic was shifted again, or by hand. */
  | "foreign";

export function ownershipOf(
  event: Pick<WatchEvent, "serial" | "weights" | "weightsBefore" | "targetGroupArns">,
  rule: Pick<RuleState, "weights" | "tags" | "record">,
): Ownership {
  const { serial } = event;
  if (rule.tags[BAKED_TAG] === String(serial)) return "baked";
  const { record } = rule;
  const holds = (weights: Colors) => isSameTraffic(rule.weights, weightsByGroup(event, weights));
  if (record?.serial === serial + 1 && record.kind === "watch-rollback" && holds(event.weightsBefore)) {
    return "rolled-back";
  }
  return record?.serial === serial && holds(event.weights) ? "own" : "foreign";
}

/**
 * The reason for a rollback; undefined if there is none.
 *
 * An alarm that was in ALARM before the shift does not count, because it may be the reason for the shift.
 *
 * @param shiftedAt time of the shift, in milliseconds since the epoch
 */
export function rollbackReason(
  alarms: readonly WatchedAlarm[],
  failedChecks: readonly CheckOutcome[],
  shiftedAt: number,
): string | undefined {
  const raised = alarms
    .filter(({ state, since }) => state === "ALARM" && !(since !== undefined && since.getTime() < shiftedAt))
    .map(describeAlarm);
  const reasons = [...raised, ...failedChecks.map(describeCheck)];
  return reasons.length === 0 ? undefined : reasons.join("; ");
}

/** Colors that get more traffic by a rollback, so that they need healthy targets. */
export function regainingColors({
  weights,
  weightsBefore,
}: Pick<WatchEvent, "weights" | "weightsBefore">): ("blue" | "green")[] {
  const share = (colors: Colors, color: "blue" | "green") => {
    const sum = colors.blue + colors.green;
    return sum === 0 ? 0 : colors[color] / sum;
  };
  return (["blue", "green"] as const).filter((color) => share(weightsBefore, color) > share(weights, color));
}

/** For example `blue 90, green 10`. */
export function describeWeights(
  { targetGroupArns }: Pick<WatchEvent, "targetGroupArns">,
  weights: TargetGroupWeights,
): string {
  const names = new Map(Object.entries(targetGroupArns).map(([color, arn]) => [arn, color]));
  const others = Object.keys(weights).filter((arn) => !names.has(arn));
  const known = [...names].map(([arn, color]) => `${color} ${weights[arn] ?? 0}`);
  return [...known, ...others.map((arn) => `${arn} ${weights[arn]}`)].join(", ");
}
