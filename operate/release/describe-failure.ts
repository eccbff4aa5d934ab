import { changedNothing } from "../../engine/deploy/changed-nothing";
import { formatShares, TRAFFIC_COLORS } from "../colors";
import type { ReleaseSituation, ReleaseUpdate } from "./next-update";

export interface FailureDescription {
  readonly reason: string;
  readonly remedies: readonly string[];
  readonly isRolledBack: boolean;
}

/** Describes a failed update: the cause, the present state, and the remedy. */
export function describeFailure(
  error: unknown,
  update: ReleaseUpdate,
  before: ReleaseSituation,
  after: ReleaseSituation | undefined,
): FailureDescription {
  const cause = (error instanceof Error ? error.message : String(error)).trim();
  if (changedNothing(error)) {
    return {
      reason: `${update.title}: rejected, nothing was changed.\n${cause}`,
      remedies: [
        trafficNow(after ?? before),
        "Correct what the error names, then run the same command again.",
      ],
      isRolledBack: false,
    };
  }
  const record = after?.rule?.record;
  const serialBefore = before.rule?.record?.serial ?? before.release?.serial ?? 0;
  if (
    after !== undefined &&
    record !== undefined &&
    record.serial > serialBefore &&
    record.kind !== "shift"
  ) {
    const reason = record.reason ? ` (${record.reason})` : "";
    return {
      reason: `${update.title}: rolled back${reason}.\n${cause}`,
      remedies: [trafficNow(after), "Find the cause, and release a corrected version."],
      isRolledBack: true,
    };
  }
  return {
    reason: `${update.title}: failed.\n${cause}`,
    remedies: [
      trafficNow(after),
      "Correct the cause, then run the same command again; it continues with this update.",
    ],
    isRolledBack: false,
  };
}

function trafficNow(situation: ReleaseSituation | undefined): string {
  const { rule, release } = situation ?? {};
  if (rule === undefined) {
    const recorded = release ? ` The last update recorded ${formatShares(release.weights)}.` : "";
    return `Traffic now: not known, because the production rule cannot be read.${recorded}`;
  }
  const parts = TRAFFIC_COLORS.filter((color) => rule.shares[color] > 0).map((color) => {
    const version = release?.versions[color];
    return `${color}${version ? ` ${version}` : ""} ${rule.shares[color]} %`;
  });
  return `Traffic now: ${parts.join(", ") || "none"}.`;
}
