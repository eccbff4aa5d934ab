import { InProcessEngine } from "../../engine/deploy/in-process-engine";
import type { RehearsedRule } from "../scenario/rule-weights";
import { flip, type LiveColor } from "../scenario/steps";
import type { Fault } from "./stage/fault";
import { allTo, describeTraffic, trafficProblems } from "./stage/rule-problems";

const RULE_TYPE = "aws:lb/listenerRule:ListenerRule";
const SHIFT_LIMIT_MS = 180_000;

interface KilledRunner {
  readonly to: LiveColor;
  readonly atKill: RehearsedRule;
  readonly continued: RehearsedRule;
  /** Number of the last shift in the output `release` before the flip and after the next update. */
  readonly serial: { readonly before: number; readonly after: number };
}

export const runnerKilled: Fault<KilledRunner> = {
  name: "runner-killed",
  summary:
    "The process that runs `pulumi up` is killed in a flip, after AWS changed the rule and before that is recorded.",
  tolerates: "Nothing.",
  tolerated: {},
  expected:
    "The traffic stays on the new color, and the next `pulumi up` completes the flip as the same shift.",
  noticedBy: [],
  recoversWithinSeconds: 60,
  onAws:
    "With the Pulumi CLI, the lock of the stack stays too: `pulumi cancel` removes it. A bake goes on in AWS and rolls " +
    "back by itself.",
  stack: "real time",
  needs: ["in-process engine"],
  inject: async (stage) => {
    const { idle: to, stack } = stage;
    const runner = stack.engine;
    if (!(runner instanceof InProcessEngine)) throw new Error("The fault needs the engine in this process.");
    const before = await stack.serial();
    const kill = new AbortController();
    let recorded: InProcessEngine | undefined;
    stage.begin();
    const killed = stack
      .step(flip, {
        signal: kill.signal,
        onEvent: (event) => {
          if (event.type !== "step-start" || event.step.type !== RULE_TYPE || event.step.op !== "update")
            return;
          recorded ??= runner.copy();
        },
      })
      .catch(() => undefined);
    await stage.until(
      "The change of the production rule",
      async () => recorded !== undefined && (await stage.rule())[to] === 100,
      SHIFT_LIMIT_MS,
    );
    kill.abort();
    await killed;
    const atKill = await stage.rule();
    if (recorded !== undefined) stack.takeOver(recorded);
    await stage.step(() => ({ kind: "flip", title: "Continue", config: { live: to, canaryPercent: "0" } }));
    return { to, atKill, continued: await stage.rule(), serial: { before, after: await stack.serial() } };
  },
  actual: ({ atKill, continued }) =>
    `Traffic was ${describeTraffic(atKill)} when the runner was killed, and ${describeTraffic(continued)} after the next update.`,
  problems: ({ to, atKill, continued, serial }) => [
    ...trafficProblems(atKill, allTo(to)),
    ...trafficProblems(continued, allTo(to)),
    ...(serial.after === serial.before + 1
      ? []
      : [`The flip must be one shift: its number must be ${serial.before + 1}, got ${serial.after}.`]),
  ],
};
