import type { RuleState, TargetGroupWeights } from "../../traffic/production-rule";
import type { ShiftRecord } from "../../traffic/shift-record";
import { OperatorError } from "../operator-error";
import { describeWeights } from "./decide";
import type { WatchEvent } from "./event";

const AGREE =
  "Make the config agree with the production rule before the next `pulumi up`, and find the cause in the metrics and " +
  "logs of the color.";

function subjectOf({ color, version }: WatchEvent): string {
  return `${color} ${version}`;
}

export function rolledBackError(
  event: WatchEvent,
  weights: TargetGroupWeights,
  record: Pick<ShiftRecord, "serial" | "reason">,
  remarks: readonly string[] = [],
): OperatorError {
  return new OperatorError("ShiftRolledBack", {
    cause: `The shift to ${subjectOf(event)} was rolled back: ${record.reason ?? "no reason is recorded"}.`,
    state: sentences([
      `The traffic is back at ${describeWeights(event, weights)} (serial ${record.serial})`,
      `${event.color} keeps its instances`,
      ...remarks,
    ]),
    remedy: AGREE,
  });
}

export function rollbackFailedError(event: WatchEvent, reason: string, failure: string): OperatorError {
  return new OperatorError("RollbackFailed", {
    cause: `The shift to ${subjectOf(event)} should be rolled back (${reason}), but ${failure}.`,
    state: "The traffic was not shifted back.",
    remedy: "Shift it now, with `changeover rollback` or in the console of the load balancer.",
  });
}

export function foreignShiftError(event: WatchEvent, { weights, record }: RuleState): OperatorError {
  const by = record?.actor === undefined ? "" : ` by ${record.actor}`;
  const why = record?.reason === undefined ? "" : ` (${record.reason})`;
  const found =
    record === undefined
      ? "carries no serial"
      : record.serial === event.serial
        ? `has other weights than serial ${event.serial} set`
        : `carries serial ${record.serial}, a ${record.kind}${by}${why}, instead of ${event.serial}`;
  return new OperatorError("ShiftedByOthers", {
    cause: `The watch of the shift to ${subjectOf(event)} ended early: the production rule ${found}.`,
    state: `The watch shifted no traffic. It is at ${describeWeights(event, weights)}.`,
    remedy:
      "If that is intended, make the config agree with the production rule and run `pulumi up`; otherwise shift the " +
      "traffic again.",
  });
}

export function blindError(event: WatchEvent, failure: string): OperatorError {
  return new OperatorError("WatchFailed", {
    cause: `The shift to ${subjectOf(event)} was not watched: ${failure}.`,
    state: "The traffic stays at the weights of the shift, and an alarm does not shift it back.",
    remedy: "Watch the alarms by hand. Correct the cause and run `pulumi up` again, which repeats the watch.",
  });
}

/** For example `Watch: green 1.1.0 baked for 10 min (3 alarms, 1 check)`. */
export function bakedText({ color, version, bakeMinutes, alarms, checks }: WatchEvent): string {
  const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  const watched = `${counted(alarms.length, "alarm")}, ${counted(checks.length, "check")}`;
  const bake = Number.isInteger(bakeMinutes) ? `${bakeMinutes} min` : `${Math.round(bakeMinutes * 60)} s`;
  return `Watch: ${color} ${version} baked for ${bake} (${watched})`;
}

function sentences(texts: readonly string[]): string {
  return texts.map((text) => `${text.replace(/\.$/, "")}.`).join(" ");
}
