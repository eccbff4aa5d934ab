import { groupsOf } from "../scenario/color-groups";
import type { RehearsedRule } from "../scenario/rule-weights";
import type { LiveColor } from "../scenario/steps";
import type { Fault } from "./stage/fault";
import { MAX_INSTANCES, MIN_INSTANCES } from "./stage/fault-stack";
import { allTo, describeTraffic, trafficProblems } from "./stage/rule-problems";

const SCALE_OUT_LIMIT_MS = 180_000;

interface ScaledOutFlip {
  readonly to: LiveColor;
  /** Healthy web instances of the idle color before and after the flip. */
  readonly instancesBefore: number;
  readonly instancesAfter: number;
  readonly rule: RehearsedRule;
}

export const flipWhileScaledOut: Fault<ScaledOutFlip> = {
  name: "flip-while-scaled-out",
  summary: `Traffic flips while the live color runs ${MAX_INSTANCES} instances in each tier and the idle one ${MIN_INSTANCES}.`,
  tolerates: "Nothing.",
  tolerated: {},
  expected: "The health gate starts the missing instances before it passes, and no request fails.",
  noticedBy: [],
  recoversWithinSeconds: 90,
  onAws: "Instances boot in minutes there; the gate waits for them.",
  stack: "real time",
  inject: async (stage) => {
    const { live, idle: to, simulator, control } = stage;
    const groups = groupsOf(simulator, control, live);
    stage.begin();
    // With the minimum, the scaling policy keeps the instances although the load is low.
    for (const group of groups) group.resize({ min: MAX_INSTANCES });
    await stage.until(
      `${MAX_INSTANCES} healthy instances of ${live} in each tier`,
      () => groups.every((group) => group.healthy().inLoadBalancer === MAX_INSTANCES),
      SCALE_OUT_LIMIT_MS,
    );
    const instancesBefore = stage.healthy("web", to);
    await stage.flip();
    const instancesAfter = stage.healthy("web", to);
    const rule = await stage.rule();
    await stage.sleep(1_000);
    // Both colors return to their former size.
    for (const color of [live, to] as const)
      for (const group of groupsOf(simulator, stage.control, color))
        group.resize({ min: MIN_INSTANCES, desired: MIN_INSTANCES });
    return { to, instancesBefore, instancesAfter, rule };
  },
  actual: ({ instancesBefore, instancesAfter, rule }) =>
    `The gate raised the idle color from ${instancesBefore} to ${instancesAfter} web instances. Traffic is ${describeTraffic(rule)}.`,
  problems: ({ to, instancesAfter, rule }) => [
    ...trafficProblems(rule, allTo(to)),
    ...(instancesAfter < MAX_INSTANCES
      ? [`The idle color must have ${MAX_INSTANCES} web instances after the flip, got ${instancesAfter}.`]
      : []),
  ],
};
