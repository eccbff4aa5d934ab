import type { RehearsedRule } from "../../scenario/rule-weights";
import type { LiveColor } from "../../scenario/steps";
import type { FaultStage } from "./fault-stage";
import { allTo, describeTraffic, firstLine, messageProblems, trafficProblems } from "./rule-problems";

export interface WatchedFlip {
  /** The color that was live before the flip, to which the watch must shift the traffic back. */
  readonly from: LiveColor;
  /** The error of the update, which fails after the watch has shifted the traffic back. */
  readonly message: string;
  readonly rule: RehearsedRule;
}

const FIRST_ANSWER_LIMIT_MS = 180_000;

/** Flips with a bake. The fault begins when the new color responds to users. */
export async function flipToFault(
  stage: FaultStage,
  beginFault: (to: LiveColor) => void,
): Promise<WatchedFlip> {
  await stage.renewIdle();
  const { live: from, idle: to } = stage;
  const update = stage.failing(stage.flip({ bakeMinutes: 1 }));
  // An update that fails early rejects before the color responds.
  await Promise.race([
    update,
    stage.until(
      `The first answer of ${to}`,
      () => stage.load.snapshot().flips.some(({ firstAnswerFromNewMs }) => firstAnswerFromNewMs !== null),
      FIRST_ANSWER_LIMIT_MS,
    ),
  ]);
  stage.begin();
  beginFault(to);
  const message = await update;
  stage.notWellYet();
  return { from, message, rule: await stage.rule() };
}

export function describeWatchedFlip({ rule, message }: WatchedFlip): string {
  return `Traffic is ${describeTraffic(rule)}, shifted by ${rule.tags["changeover:kind"] ?? "nothing"}. ${firstLine(message)}`;
}

export function watchedFlipProblems({ from, message, rule }: WatchedFlip): string[] {
  const kind = rule.tags["changeover:kind"];
  return [
    ...trafficProblems(rule, allTo(from)),
    ...(kind === "watch-rollback"
      ? []
      : [`The watch must shift the traffic back, got ${kind ?? "no record"}.`]),
    ...messageProblems(message, /rolled back/i),
  ];
}
