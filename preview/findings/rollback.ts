import { isObject } from "../../aws/json-input";
import { printable } from "../../engine/values/property-diff";
import type { Properties } from "../../engine/values/values";
import { compareVersions, isVersion } from "../../migrations/script/version";
import type { Comparison } from "../compare/comparison";
import { enumerate } from "../wording";
import type { FindingContent } from "./finding";

interface RollbackState {
  readonly open: boolean;
  readonly reason: string;
  readonly closedBy: readonly string[];
  readonly wouldBeClosedBy: readonly string[];
  readonly live?: string;
  readonly other?: string;
}

/** Reports the rollback window after the update. Does not apply to programs without an output `rollback`. */
export const rollbackCheck = { topic: "rollback", find } as const;

function find({ base, head }: Comparison): FindingContent | undefined {
  const [before, after] = [stateOf(base.outputs), stateOf(head.outputs)];
  if (after === undefined) return undefined;
  const details =
    after.open && after.wouldBeClosedBy.length > 0
      ? [`${enumerate(after.wouldBeClosedBy)} would close the rollback window.`]
      : [];
  return { ...transition(before, after), details };
}

function transition(
  before: RollbackState | undefined,
  after: RollbackState,
): Omit<FindingContent, "details"> {
  const { reason, other } = after;
  if (before === undefined) return steady(after);
  const to = (version: string | undefined) => (version === undefined ? "" : ` to ${version}`);
  if (after.closedBy.some((id) => !before.closedBy.includes(id))) {
    const then = "Afterwards a fault can only be fixed by a newer version.";
    return { severity: "danger", summary: `This CLOSES rollback${to(other)} for good (${reason}). ${then}` };
  }
  const lost = flippableVersions(before).find((version) => !flippableVersions(after).includes(version));
  const then = `Afterwards a rollback means deploying ${lost ?? "the other version"} again before traffic can shift.`;
  if (!after.open && (before.open || lost !== undefined)) {
    return { severity: "danger", summary: `This CLOSES rollback${to(lost)} (${reason}). ${then}` };
  }
  if (lost !== undefined) {
    return { severity: "warning", summary: `This ENDS rollback${to(lost)} (${reason}). ${then}` };
  }
  return steady(after);
}

function steady(state: RollbackState): Omit<FindingContent, "details"> {
  const { open, reason } = state;
  if (!open) return { severity: "info", summary: `Rollback is not possible afterwards: ${reason}.` };
  const what = isUpgrade(state) ? "Traffic can shift to the newer version at once" : "Rollback is possible";
  return { severity: "none", summary: `${what}: ${reason}.` };
}

/** The versions that receive traffic, or can receive it after a flip. */
function flippableVersions({ live, open, other }: RollbackState): string[] {
  return [live, open ? other : undefined].filter((version) => version !== undefined);
}

function isUpgrade({ live, other }: RollbackState): boolean {
  if (live === undefined || other === undefined || !isVersion(live) || !isVersion(other)) return false;
  return compareVersions(other, live) > 0;
}

function stateOf(outputs: Properties): RollbackState | undefined {
  const {
    rollback: current,
    wayBack: former,
    live,
    versions,
  } = printable(outputs) as Record<string, unknown>;
  // Stacks deployed by an earlier version call the output `wayBack`.
  const rollback = current ?? former;
  if (!isObject(rollback) || typeof rollback.open !== "boolean") return undefined;
  const ids = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  const versionOf = (color: unknown) => {
    const version = isObject(versions) && typeof color === "string" ? versions[color] : undefined;
    return typeof version === "string" ? version : undefined;
  };
  return {
    open: rollback.open,
    reason: String(rollback.reason ?? "no reason given"),
    closedBy: ids(rollback.closedBy),
    wouldBeClosedBy: ids(rollback.wouldBeClosedBy),
    live: versionOf(live),
    other: versionOf(rollback.color),
  };
}
