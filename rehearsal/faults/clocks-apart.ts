import type { RehearsedRule } from "../scenario/rule-weights";
import type { LiveColor } from "../scenario/steps";
import type { Fault } from "./stage/fault";
import { allTo, describeTraffic, trafficProblems } from "./stage/rule-problems";

const AHEAD_SECONDS = 3_600;
const BETWEEN_FLIPS_MS = 3_000;

interface ClocksApart {
  readonly live: LiveColor;
  readonly flipped: RehearsedRule;
  readonly back: RehearsedRule;
}

export const clocksApart: Fault<ClocksApart> = {
  name: "clocks-apart",
  summary: "The clocks of the idle color's instances are one hour ahead of the live color's.",
  tolerates: "Nothing.",
  tolerated: {},
  expected: "A flip to these instances and back passes; no request fails and no session is lost.",
  noticedBy: [],
  recoversWithinSeconds: 60,
  onAws:
    "The Amazon Time Sync Service keeps clocks within milliseconds. AWS rejects a signature that is more than five minutes " +
    "off, and the SDK then corrects its clock; the simulator accepts it.",
  stack: "real time",
  needs: ["Node.js"],
  inject: async (stage) => {
    const { live, idle: color, stack } = stage;
    stage.begin();
    stack.services.set({ kind: "clock", color, aheadSeconds: AHEAD_SECONDS });
    await stage.flip();
    await stage.sleep(BETWEEN_FLIPS_MS);
    const flipped = await stage.rule();
    await stage.flip();
    await stage.sleep(BETWEEN_FLIPS_MS);
    return { live, flipped, back: await stage.rule() };
  },
  actual: ({ flipped, back }) =>
    `Traffic was ${describeTraffic(flipped)} after the flip, and ${describeTraffic(back)} after the flip back.`,
  problems: ({ live, flipped, back }) => [
    ...trafficProblems(flipped, allTo(live === "blue" ? "green" : "blue")),
    ...trafficProblems(back, allTo(live)),
  ],
};
