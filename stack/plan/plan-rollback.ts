import { type Color, otherColor } from "../../components/fleet/color";
import type { ReleaseContext } from "./release-context";
import { incompatibleScripts } from "./scripts";

/** The rollback to the other color after an update, as the stack's output `rollback`. */
export interface Rollback {
  /** True if the rollback window is open: one update can shift all traffic back. */
  readonly open: boolean;
  readonly color: Color;
  /** The reason why the rollback window is open or closed. */
  readonly reason: string;
  /** Ids of the contract scripts that closed the rollback window. */
  readonly closedBy: string[];
  /** Ids of the contract scripts that would close the rollback window; none if it is closed. */
  readonly wouldBeClosedBy: string[];
}

export function planRollback({ wanted, scripts, contracted, running }: ReleaseContext): Rollback {
  const color = otherColor(wanted.live);
  const version = wanted.versions[color];
  const closed = (reason: string, closedBy: string[] = []): Rollback => {
    return { open: false, color, reason, closedBy, wouldBeClosedBy: [] };
  };
  if (version === undefined) return closed(`${color} has no version`);
  const closedBy = incompatibleScripts(version, contracted).map(({ id }) => id);
  if (closedBy.length > 0) {
    return closed(`${color} runs ${version}, which is incompatible with ${closedBy.join(", ")}`, closedBy);
  }
  if (!running.some((one) => one.color === color)) {
    return closed(`${color} has no instances: set idle to warm first`);
  }
  const pending = scripts.filter((script) => script.phase === "contract" && !contracted.includes(script));
  return {
    open: true,
    color,
    reason: `${color} runs ${version} and is warm`,
    closedBy: [],
    wouldBeClosedBy: incompatibleScripts(version, pending).map(({ id }) => id),
  };
}
