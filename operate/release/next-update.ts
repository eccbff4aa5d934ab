import {
  allTrafficTo,
  formatShares,
  losingColor,
  oppositeColor,
  type TrafficColor,
  type TrafficShares,
} from "../colors";
import { agreedConfig, type ConfigChanges, configOfShares } from "../config-agreement";
import type { DeployedRelease } from "../deployed-release";
import type { RuleReading } from "../rule-reading";
import { compareTruth, type TruthKind } from "../truth";
import type { ReleaseGoal } from "./goal";

/** A stack as its outputs and its production rule describe it. */
export interface ReleaseSituation {
  /** Undefined before the first update. */
  readonly release?: DeployedRelease;
  /** Undefined if the rule cannot be read. */
  readonly rule?: RuleReading;
  readonly bakeMinutes?: number;
}

export type UpdateKind =
  | "first"
  /** Records a shift that happened outside of an update, such as a rollback. */
  | "adopt"
  /** Completes an update that was interrupted after it had shifted traffic. */
  | "continue"
  | "deploy"
  /** Sets the bake before traffic shifts, because a shift must not change another setting. */
  | "configure"
  | "canary"
  | "flip"
  | "retire"
  | "contract";

export interface ReleaseUpdate {
  readonly kind: UpdateKind;
  readonly title: string;
  readonly changes: ConfigChanges;
  /** All settings of the release, because the stack's file may be older than the last update. */
  readonly config: ConfigChanges;
  /** Settings of this run that are not written to the stack's file. */
  readonly pinned: ConfigChanges;
  /** The number of traffic shifts so far; the update is rejected if there were others meanwhile. */
  readonly expectedSerial?: number;
  readonly shares?: TrafficShares;
}

export type ReleaseDecision =
  | { readonly type: "update"; readonly update: ReleaseUpdate }
  | { readonly type: "done"; readonly reason: string }
  | {
      readonly type: "stop";
      /** `rolled-back`: a rollback has taken the version's traffic. */
      readonly code: "rolled-back" | "conflict";
      readonly reason: string;
      readonly remedies: readonly string[];
    };

/**
 * Determines the next update towards the goal.
 *
 * It depends only on the stack, so a release that was killed at any moment continues when it is run again.
 */
export function nextUpdate(situation: ReleaseSituation, goal: ReleaseGoal): ReleaseDecision {
  const { release, rule } = situation;
  if (release === undefined) return firstUpdate(goal);
  const truth = compareTruth(release, rule);
  if (truth === "agreed" || truth === "unread") return nextAgreedUpdate(situation, release, goal);
  return updateAfterShift(situation as Required<ReleaseSituation>, truth, goal);
}

function firstUpdate({ version, bakeMinutes }: ReleaseGoal): ReleaseDecision {
  const config = { live: "blue", blueVersion: version, canaryPercent: "0", ...bakeConfig(bakeMinutes) };
  const title = `Deploy ${version} to blue, the first color`;
  return { type: "update", update: { kind: "first", title, changes: config, config, pinned: {} } };
}

/** The production rule has other shares or a later record than the last update. */
function updateAfterShift(
  situation: Required<ReleaseSituation>,
  truth: Exclude<TruthKind, "agreed" | "unread">,
  goal: ReleaseGoal,
): ReleaseDecision {
  const { release, rule } = situation;
  const { shares, record } = rule;
  const update = (kind: UpdateKind, title: string): ReleaseDecision => ({
    type: "update",
    update: makeUpdate(situation, kind, title, configOfShares(shares, release.live)),
  });
  if (truth === "interrupted") {
    const gaining = shares.blue > release.weights.blue ? "blue" : "green";
    if (release.versions[gaining] === goal.version) {
      return update("continue", `Complete the interrupted shift (${formatShares(shares)})`);
    }
    return conflict(
      `An interrupted update has shifted traffic to ${gaining} ${release.versions[gaining] ?? ""} (${formatShares(shares)}).`,
      ["Complete it with `pulumi up`, or undo it with `changeover rollback`. Then release again."],
    );
  }
  if (truth === "unrecorded")
    return update("adopt", `Record shift ${record?.serial} (${formatShares(shares)})`);
  if (truth === "rolled-back") {
    const losing = losingColor(shares, release.live);
    if (release.versions[losing] === goal.version && !goal.retry) return rolledBack(goal, record);
    return update("adopt", `Record the rollback (${formatShares(shares)})`);
  }
  return conflict(
    `The production rule has ${formatShares(shares)}, and the last update recorded ${formatShares(release.weights)}.`,
    ["`changeover status` shows the commands for each choice. Then release again."],
  );
}

function nextAgreedUpdate(
  situation: ReleaseSituation,
  release: DeployedRelease,
  goal: ReleaseGoal,
): ReleaseDecision {
  const { live, versions, weights, settings } = release;
  const other = oppositeColor(live);
  const update = (kind: UpdateKind, title: string, changes: ConfigChanges, shares?: TrafficShares) => ({
    type: "update" as const,
    update: makeUpdate(situation, kind, title, changes, shares),
  });

  if (versions[live] === goal.version && weights[live] === 100) return afterFlip(situation, release, goal);
  if (weights[other] > 0 && versions[other] !== goal.version) {
    return conflict(`A canary of ${versions[other]} is in progress (${formatShares(weights)}).`, [
      `Complete it with \`changeover release ${versions[other]}\`, or end it with \`changeover rollback\`.`,
    ]);
  }
  if (versions[other] === goal.version && wasRolledBack(release, other) && !goal.retry) {
    return rolledBack(goal, release.history?.[0]);
  }
  if (versions[other] !== goal.version || (weights[other] === 0 && settings?.idle !== "warm")) {
    return update("deploy", `Deploy ${goal.version} to ${other} while ${live} is live`, {
      [`${other}Version`]: goal.version,
      idle: "warm",
      ...bakeConfig(goal.bakeMinutes),
    });
  }
  if (goal.bakeMinutes !== undefined && goal.bakeMinutes !== situation.bakeMinutes) {
    return update("configure", `Set the bake to ${goal.bakeMinutes} min`, bakeConfig(goal.bakeMinutes));
  }
  const percent = goal.steps.find((step) => step > weights[other]);
  if (percent !== undefined) {
    const shares = { ...weights, [live]: 100 - percent, [other]: percent };
    const title = `Shift ${percent} % of the traffic to ${other} ${goal.version}`;
    return update("canary", title, { canaryPercent: String(percent) }, shares);
  }
  const title = `Flip traffic from ${live} ${versions[live] ?? ""} to ${other} ${goal.version}`;
  return update("flip", title, { live: other, canaryPercent: "0" }, allTrafficTo(other));
}

/** The next update once the version has all traffic. */
function afterFlip(
  situation: ReleaseSituation,
  { live, versions, contracted, settings }: DeployedRelease,
  goal: ReleaseGoal,
): ReleaseDecision {
  const idle = oppositeColor(live);
  if (goal.retire && versions[idle] !== undefined && settings?.idle !== "off") {
    const title = `Retire ${idle} ${versions[idle]}`;
    return { type: "update", update: makeUpdate(situation, "retire", title, { idle: "off" }) };
  }
  const { contractThrough } = goal;
  // Ids begin with the number of the script, so their order is that of the scripts.
  if (contractThrough !== undefined && (contracted?.through ?? "") < contractThrough) {
    const title = `Contract through ${contractThrough}`;
    return { type: "update", update: makeUpdate(situation, "contract", title, { contractThrough }) };
  }
  return { type: "done", reason: `${live} ${goal.version} receives all traffic` };
}

/** True if a rollback took traffic from the version that the color still runs, and it has not gained any since. */
function wasRolledBack(
  { kind, served, versions, weights, rolledBack }: DeployedRelease,
  color: TrafficColor,
): boolean {
  if (rolledBack?.[color] !== undefined) return rolledBack[color] === versions[color];
  // Earlier versions of the program recorded only that the color served before the last shift.
  const isRollback = kind === "rollback" || kind === "watch-rollback";
  return isRollback && weights[color] === 0 && served?.[color]?.version === versions[color];
}

function makeUpdate(
  { release, rule }: ReleaseSituation,
  kind: UpdateKind,
  title: string,
  changes: ConfigChanges,
  shares?: TrafficShares,
): ReleaseUpdate {
  const present = release === undefined ? {} : agreedConfig(release, rule?.shares);
  // A traffic shift must not change another setting, so it repeats the last bake.
  const pinned = ["continue", "canary", "flip"].includes(kind) ? lastBake(release) : {};
  const config = { ...present, ...changes };
  const expectedSerial = rule?.record?.serial ?? release?.serial;
  return { kind, title, changes, config, pinned, expectedSerial, shares };
}

function lastBake(release: DeployedRelease | undefined): ConfigChanges {
  if (release?.settings === undefined) return {};
  const { bakeMinutes } = release.settings;
  return { bakeMinutes: typeof bakeMinutes === "number" ? String(bakeMinutes) : "" };
}

function bakeConfig(minutes: number | undefined): ConfigChanges {
  return minutes === undefined ? {} : { bakeMinutes: String(minutes) };
}

function conflict(reason: string, remedies: readonly string[]): ReleaseDecision {
  return { type: "stop", code: "conflict", reason, remedies };
}

function rolledBack(
  { version }: ReleaseGoal,
  record?: {
    readonly actor?: string;
    readonly at?: string;
    readonly started?: string;
    readonly reason?: string;
  },
): ReleaseDecision {
  const at = record?.at ?? record?.started;
  const details = [
    record?.actor && ` by ${record.actor}`,
    at && ` at ${at}`,
    record?.reason && ` (${record.reason})`,
  ];
  return {
    type: "stop",
    code: "rolled-back",
    reason: `${version} was rolled back${details.filter(Boolean).join("")}.`,
    remedies: [
      "Find the cause, and release a corrected version.",
      `\`changeover release ${version} --retry\` releases the same version once more.`,
    ],
  };
}
