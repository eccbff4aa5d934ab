import { isSameShares } from "./colors";
import type { DeployedRelease } from "./deployed-release";
import type { RuleReading } from "./rule-reading";

/**
 * The relation of the production rule to the last recorded update.
 *
 * - `agreed`: both have the same shares.
 * - `unread`: the rule is not known.
 * - `interrupted`: an update has shifted traffic and did not finish.
 * - `rolled-back`: `changeover rollback` or the watch has shifted traffic since.
 * - `unrecorded`: the shares are the same, after shifts that the last update does not know.
 * - `by-hand`: traffic was shifted without a record.
 */
export type TruthKind = "agreed" | "unread" | "interrupted" | "rolled-back" | "unrecorded" | "by-hand";

export function compareTruth(
  release: Pick<DeployedRelease, "weights" | "serial">,
  rule: RuleReading | undefined,
): TruthKind {
  if (rule === undefined) return "unread";
  const { shares, record, foreign } = rule;
  if (foreign.length > 0) return "by-hand";
  const serial = release.serial ?? 0;
  if (record !== undefined && record.serial > serial) {
    if (record.kind === "rollback" || record.kind === "watch-rollback") return "rolled-back";
    if (isSameShares(shares, release.weights)) return "unrecorded";
    return record.serial === serial + 1 && record.at === undefined ? "interrupted" : "by-hand";
  }
  return isSameShares(shares, release.weights) ? "agreed" : "by-hand";
}
