import type { Fault } from "./stage/fault";
import {
  describeWatchedFlip,
  flipToFault,
  type WatchedFlip,
  watchedFlipProblems,
} from "./stage/flip-to-fault";

const DELAY_MS = 900;

export const slowVersion: Fault<WatchedFlip> = {
  name: "slow-version",
  summary: `A version needs ${DELAY_MS} ms more for each request once it receives all traffic.`,
  tolerates: "No failed request. Users wait until the watch has shifted the traffic back.",
  tolerated: {},
  expected:
    "The alarm for response times goes off, the watch shifts the traffic back within 30 s, and the update fails.",
  noticedBy: ["alarm", "watch", "update"],
  recoversWithinSeconds: 30,
  onAws: "The alarm needs three minutes there; here its periods are 30 times as short.",
  stack: "real time",
  needs: ["Node.js"],
  inject: (stage) =>
    flipToFault(stage, (color) => {
      const { services, healthyPaths } = stage.stack;
      services.set({ kind: "slow", tier: "web", color, delayMs: DELAY_MS, healthyPaths });
    }),
  actual: describeWatchedFlip,
  problems: watchedFlipProblems,
};
