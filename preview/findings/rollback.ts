import { printable } from "../../engine/values/property-diff";
import type { Properties } from "../../engine/values/values";
import { compareVersions, isVersion } from "../../migrations/script/version";
import { type Comparison, isObject, listed } from "../compare/comparison";
import type { Answer } from "./answer";

/** What a program says of itself in its outputs `rollback`, `live` and `versions`. */
interface State {
  readonly open: boolean;
  readonly reason: string;
  /** Contract scripts. */
  readonly closedBy: readonly string[];
  readonly wouldBeClosedBy: readonly string[];
  /** The version that has the users, and the other color's. */
  readonly live?: string;
  readonly other?: string;
}

/**
 * Is the way back open afterwards, and which version can users no longer be moved to at once. Undefined for a program
 * without an output `rollback`.
 */
export function wayBackAnswer({ base, head }: Comparison): Answer | undefined {
  const [before, after] = [stateOf(base.outputs), stateOf(head.outputs)];
  if (after === undefined) return undefined;
  const details =
    after.open && after.wouldBeClosedBy.length > 0
      ? [`The way back would be closed by ${listed(after.wouldBeClosedBy)}.`]
      : [];
  return { topic: "wayBack", ...judged(before, after), details };
}

function judged(before: State | undefined, after: State): Pick<Answer, "level" | "text"> {
  const { reason, other } = after;
  if (before === undefined) return standing(after);
  const to = (version: string | undefined) => (version === undefined ? "" : ` to ${version}`);
  if (after.closedBy.some((id) => !before.closedBy.includes(id))) {
    const then = "Afterwards a fault can only be repaired by a newer version.";
    return { level: "danger", text: `This CLOSES the way back${to(other)} for good (${reason}). ${then}` };
  }
  const lost = reachable(before).find((version) => !reachable(after).includes(version));
  const then = `Afterwards a rollback means deploying ${lost ?? "the other version"} again before users can move.`;
  if (!after.open && (before.open || lost !== undefined)) {
    return { level: "danger", text: `This CLOSES the way back${to(lost)} (${reason}). ${then}` };
  }
  if (lost !== undefined) {
    return { level: "attention", text: `This ENDS the way back${to(lost)} (${reason}). ${then}` };
  }
  return standing(after);
}

function standing(state: State): Pick<Answer, "level" | "text"> {
  const { open, reason } = state;
  if (!open) return { level: "info", text: `There is no way back afterwards: ${reason}.` };
  const what = isNewer(state) ? "Users can be moved on at once" : "The way back is open";
  return { level: "good", text: `${what}: ${reason}.` };
}

/** The versions that have users, or can have them by a flip. */
function reachable({ live, open, other }: State): string[] {
  return [live, open ? other : undefined].filter((version) => version !== undefined);
}

/** Whether the other color is where users go to, and not where they were. */
function isNewer({ live, other }: State): boolean {
  if (live === undefined || other === undefined || !isVersion(live) || !isVersion(other)) return false;
  return compareVersions(other, live) > 0;
}

function stateOf(outputs: Properties): State | undefined {
  const { wayBack, rollback = wayBack, live, versions } = printable(outputs) as Record<string, unknown>;
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
