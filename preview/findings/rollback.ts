import { isObject } from "../../aws/json-input";
import { printable } from "../../engine/values/property-diff";
import type { Properties } from "../../engine/values/values";
import { compareVersions, isVersion } from "../../migrations/script/version";
import type { Comparison } from "../compare/comparison";
import { enumerate } from "../wording";
import { danger, type FindingContent, info, nothing, warning } from "./finding";

interface RollbackState {
  readonly open: boolean;
  readonly reason: string;
  readonly closedBy: readonly string[];
  readonly wouldBeClosedBy: readonly string[];
  readonly live?: string;
  /** The color that is not live. */
  readonly color: string;
  readonly other?: string;
  /** True if the other color receives a part of the traffic. */
  readonly isCanary: boolean;
  /** The versions that received traffic before. */
  readonly served: readonly string[];
}

/** Reports the rollback window after the update. Does not apply to programs without an output `rollback`. */
export const rollbackCheck = { topic: "rollback", find } as const;

function find({ base, head }: Comparison): FindingContent[] {
  const [before, after] = [stateOf(base.outputs), stateOf(head.outputs)];
  if (after === undefined) return [];
  const details =
    after.open && after.wouldBeClosedBy.length > 0 && !isUpgrade(before, after)
      ? [`${enumerate(after.wouldBeClosedBy)} would close the rollback window.`]
      : [];
  const finding = before === undefined ? steady(before, after) : transition(before, after);
  return [{ ...finding, details: [...finding.details, ...details] }];
}

function transition(before: RollbackState, after: RollbackState): FindingContent {
  const { reason, other } = after;
  const to = (version: string | undefined) => (version === undefined ? "" : ` to ${version}`);
  if (after.closedBy.some((id) => !before.closedBy.includes(id))) {
    const then = "Afterwards a fault can only be fixed by a newer version.";
    const summary = `This CLOSES rollback${to(other)} for good (${reason}). ${then}`;
    return { ...danger("rollback-closed", summary), procedure: "Retire and contract" };
  }
  const remaining = flippableVersions(after);
  // A version that never received traffic is no target of a rollback.
  const lost = flippableVersions(before)
    .filter((version) => hasServed(version, before, after))
    .find((version) => !remaining.includes(version));
  const then = `Afterwards a rollback means deploying ${lost ?? "the other version"} again before traffic can shift.`;
  const lostWindow = before.open && !after.open && !isUpgrade(before, before);
  if (!after.open && (lostWindow || lost !== undefined)) {
    return danger("rollback-closed", `This CLOSES rollback${to(lost)} (${reason}). ${then}`);
  }
  if (lost !== undefined) {
    return warning("rollback-ended", `This ENDS rollback${to(lost)} (${reason}). ${then}`);
  }
  return steady(before, after);
}

function steady(before: RollbackState | undefined, after: RollbackState): FindingContent {
  const { open, reason, live, color, other, isCanary } = after;
  if (!open) {
    const subject =
      other === undefined ? "there is no version to roll back to" : "a rollback is not possible";
    return info("rollback-not-possible", `After this update ${subject}: ${reason}.`);
  }
  if (other === undefined)
    return nothing("rollback-open", `After this update a rollback is possible: ${reason}.`);
  const liveName = live === undefined ? "the live color" : live;
  // If the change makes the canary's color live at the same time, the rollback returns to the version before.
  if (isCanary && before?.live !== other) {
    const summary = `After this update, the rollback is to set canaryPercent to 0: all traffic returns to ${liveName}.`;
    return { ...nothing("rollback-open", summary), procedure: "Roll back by an update" };
  }
  if (isUpgrade(before, after)) {
    const summary = `After this update there is nothing to roll back to: ${other} on ${color} has not received traffic yet. It is warm, so traffic can shift to it.`;
    return nothing("rollback-not-needed", summary);
  }
  const summary = `After this update, traffic can roll back from ${liveName} to ${other}: ${reason}.`;
  return { ...nothing("rollback-open", summary), procedure: "Roll back by an update" };
}

/** The versions that receive traffic, or can receive it after a flip. */
function flippableVersions({ live, open, other }: RollbackState): string[] {
  return [live, open ? other : undefined].filter((version) => version !== undefined);
}

/** True if the other color has a newer version that never received traffic. */
function isUpgrade(before: RollbackState | undefined, { live, other, served }: RollbackState): boolean {
  if (live === undefined || other === undefined || !isVersion(live) || !isVersion(other)) return false;
  if (before?.live === other || served.includes(other)) return false;
  return compareVersions(other, live) > 0;
}

function hasServed(version: string, before: RollbackState, after: RollbackState): boolean {
  if (version === before.live || [...before.served, ...after.served].includes(version)) return true;
  // A version older than the live one received traffic before the live one.
  const { live } = before;
  return !(live !== undefined && isVersion(live) && isVersion(version) && compareVersions(version, live) > 0);
}

function stateOf(outputs: Properties): RollbackState | undefined {
  const {
    rollback: current,
    wayBack: former,
    live,
    versions,
    weights,
    release,
  } = printable(outputs) as Record<string, unknown>;
  // Stacks deployed by an earlier version call the output `wayBack`.
  const rollback = current ?? former;
  if (!isObject(rollback) || typeof rollback.open !== "boolean") return undefined;
  const ids = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  const versionOf = (color: unknown) => {
    const version = isObject(versions) && typeof color === "string" ? versions[color] : undefined;
    return typeof version === "string" ? version : undefined;
  };
  const color = String(rollback.color ?? "the other color");
  const served = isObject(release) && isObject(release.served) ? Object.values(release.served) : [];
  return {
    open: rollback.open,
    reason: String(rollback.reason ?? "no reason given"),
    closedBy: ids(rollback.closedBy),
    wouldBeClosedBy: ids(rollback.wouldBeClosedBy),
    live: versionOf(live),
    color,
    other: versionOf(rollback.color),
    isCanary: isObject(weights) && Number(weights[color]) > 0 && color !== live,
    served: served.flatMap((each) => (isObject(each) ? String(each.version) : [])),
  };
}
