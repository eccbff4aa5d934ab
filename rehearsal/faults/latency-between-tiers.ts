import type { RehearsedRule } from "../scenario/rule-weights";
import type { LiveColor } from "../scenario/steps";
import { balancerOf } from "./stage/balancer-of";
import type { Fault } from "./stage/fault";
import { allTo, describeTraffic, trafficProblems } from "./stage/rule-problems";

const LATENCY_MS = 100;
const UNDER_LATENCY_MS = 4_000;

interface SlowPath {
  readonly to: LiveColor;
  readonly rule: RehearsedRule;
  /** Half of the requests took this time or longer, in ms. */
  readonly p50Ms: number;
}

export const latencyBetweenTiers: Fault<SlowPath> = {
  name: "latency-between-tiers",
  summary: `Each request from the web to the application tier takes ${LATENCY_MS} ms longer.`,
  tolerates: "No failed request. Users wait longer.",
  tolerated: {},
  expected: "No request fails and no alarm goes off; a flip under the latency passes its gate check.",
  noticedBy: [],
  recoversWithinSeconds: 60,
  onAws: "Between Availability Zones of a region it is about 1 ms; this stands for a congested network path.",
  stack: "real time",
  inject: async (stage) => {
    const to = stage.idle;
    const inner = balancerOf(stage, "app");
    stage.begin();
    inner.setLatency(LATENCY_MS);
    await stage.sleep(UNDER_LATENCY_MS);
    await stage.flip();
    await stage.sleep(2_000);
    const { p50Ms } = stage.load.snapshot().latency;
    inner.setLatency(0);
    return { to, rule: await stage.rule(), p50Ms };
  },
  actual: ({ p50Ms, rule }) =>
    `Half of the requests took ${Math.round(p50Ms)} ms or longer. After the flip, traffic is ${describeTraffic(rule)}.`,
  problems: ({ to, rule, p50Ms }) => [
    ...trafficProblems(rule, allTo(to)),
    ...(p50Ms < LATENCY_MS
      ? [
          `Half of the requests must take ${LATENCY_MS} ms or longer, got ${Math.round(p50Ms)} ms: there was no latency.`,
        ]
      : []),
  ],
};
