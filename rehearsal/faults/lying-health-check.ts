import type { RehearsedRule } from "../scenario/rule-weights";
import type { LiveColor } from "../scenario/steps";
import { canary } from "../scenario/steps";
import type { Fault } from "./stage/fault";
import { allTo, describeTraffic, messageProblems, trafficProblems } from "./stage/rule-problems";

const CANARY_PERCENT = 10;
/** So many that the alarm stays in ALARM with the few requests of a canary. */
const ERROR_SHARE = 0.95;
const ALARM_LIMIT_MS = 60_000;

interface RejectedFlip {
  readonly live: LiveColor;
  readonly alarms: readonly string[];
  readonly message: string;
  readonly rule: RehearsedRule;
}

export const lyingHealthCheck: Fault<RejectedFlip> = {
  name: "lying-health-check",
  summary: `A version with ${CANARY_PERCENT} % of the traffic fails nearly all requests, and its health checks pass.`,
  tolerates: "The requests of the canary.",
  tolerated: { failedShare: 0.2, cutShare: 0.5 },
  expected:
    "An alarm of the version goes off, and the health gate rejects the flip to it: the live color keeps its share.",
  noticedBy: ["users", "alarm", "health gate", "update"],
  recoversWithinSeconds: 90,
  onAws: "Alarms need two minutes there; here their periods are 30 times as short.",
  stack: "real time",
  needs: ["Node.js"],
  inject: async (stage) => {
    await stage.renewIdle();
    const { live, idle, stack } = stage;
    await stage.step((current) => canary(current, CANARY_PERCENT));
    stage.begin();
    const { healthyPaths } = stack;
    stack.services.set({ kind: "errors", tier: "web", color: idle, share: ERROR_SHARE, healthyPaths });
    const watched = stage.control.tiers.web[idle].alarms;
    const inAlarm = () =>
      stage.simulator
        .alarms()
        .flatMap(({ name, state }) => (watched.includes(name) && state === "ALARM" ? [name] : []));
    await stage.until(`An alarm of ${idle}`, () => inAlarm().length > 0, ALARM_LIMIT_MS);
    const alarms = inAlarm();
    const message = await stage.failing(stage.flip());
    const rule = await stage.rule();
    // Ends the canary's errors, as a rollback would.
    stack.services.set();
    return { live, alarms, message, rule };
  },
  actual: ({ alarms, rule }) =>
    `${alarms.join(", ")} went off. After the rejected flip, traffic is ${describeTraffic(rule)}.`,
  problems: ({ live, alarms, message, rule }) => {
    const { blue, green } = allTo(live);
    const share = (percent: number) => (percent === 100 ? 100 - CANARY_PERCENT : CANARY_PERCENT);
    return [
      ...trafficProblems(rule, { blue: share(blue), green: share(green) }),
      ...messageProblems(message, ...alarms.slice(0, 1)),
    ];
  },
};
