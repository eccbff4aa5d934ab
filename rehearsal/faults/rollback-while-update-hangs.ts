import { runRollbackCommand } from "../scenario/rollback-command";
import type { RehearsedRule } from "../scenario/rule-weights";
import { deploy, type LiveColor } from "../scenario/steps";
import type { Fault } from "./stage/fault";
import { allTo, describeTraffic, trafficProblems } from "./stage/rule-problems";

const MIGRATION_FUNCTION = /-migrate-/;
const ERROR_SHARE = 0.3;
const HANGING_MS = 3_000;
const SETTLE_MS = 3_000;
/** Includes the start of the command, which takes a second. */
const LIMIT_MS = 8_000;

interface CommandRollback {
  readonly to: LiveColor;
  readonly status: number | null;
  readonly output: string;
  /** Time from the start of the command to the last answer of the bad version, in ms. Null if it gave none. */
  readonly lastBadAnswerMs: number | null;
  readonly rule: RehearsedRule;
}

export const rollbackWhileUpdateHangs: Fault<CommandRollback> = {
  name: "rollback-while-update-hangs",
  summary: "A version fails 30 % of its requests while an update hangs in its migration function.",
  tolerates: "The requests that the version fails until `changeover rollback` has shifted the traffic.",
  tolerated: { failedShare: 0.3, cutShare: 0.6 },
  expected: `\`changeover rollback\` ends the traffic of the version within ${LIMIT_MS / 1000} s, without the update's lock.`,
  noticedBy: ["users"],
  recoversWithinSeconds: 60,
  onAws: "As on AWS, except that a changed rule takes some seconds to reach all nodes of a load balancer.",
  stack: "real time",
  needsNewStack: true,
  needs: ["Node.js"],
  inject: async (stage) => {
    const { live: to, simulator, stack } = stage;
    await stage.flip();
    const functions = simulator.functionNames().filter((name) => MIGRATION_FUNCTION.test(name));
    for (const name of functions) simulator.setFunctionFault(name, "hangs");
    const abort = new AbortController();
    const version = stack.anotherBuild("hanging");
    const hanging = stack
      .step((current) => deploy(current, version), { signal: abort.signal })
      .catch(() => undefined);
    try {
      const { healthyPaths } = stack;
      stage.begin();
      stack.services.set({
        kind: "errors",
        tier: "web",
        color: stage.live,
        share: ERROR_SHARE,
        healthyPaths,
      });
      await stage.sleep(HANGING_MS);
      const { status, output } = await runRollbackCommand(stack.engine, simulator, () =>
        stage.load.mark("flip-started", { from: stage.live, to }),
      );
      await stage.sleep(SETTLE_MS);
      const lastBadAnswerMs = stage.load.snapshot().flips.at(-1)?.lastAnswerFromOldMs ?? null;
      return { to, status, output, lastBadAnswerMs, rule: await stage.rule() };
    } finally {
      abort.abort();
      await hanging;
    }
  },
  actual: ({ lastBadAnswerMs, rule }) =>
    `The version gave its last answer ${Math.round(lastBadAnswerMs ?? 0)} ms after the start of the command. Traffic is ${describeTraffic(rule)}.`,
  problems: ({ to, status, output, lastBadAnswerMs, rule }) => [
    ...(status === 0 ? [] : [`\`changeover rollback\` must end with 0, got ${status}: ${output.trim()}`]),
    ...trafficProblems(rule, allTo(to)),
    ...(rule.tags["changeover:kind"] === "rollback" ? [] : ["The rule must have the record of a rollback."]),
    ...((lastBadAnswerMs ?? 0) <= LIMIT_MS
      ? []
      : [`The version answered for ${Math.round(lastBadAnswerMs ?? 0)} ms after the start of the command.`]),
  ],
};
