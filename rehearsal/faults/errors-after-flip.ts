import type { Fault } from "./stage/fault";
import {
  describeWatchedFlip,
  flipToFault,
  type WatchedFlip,
  watchedFlipProblems,
} from "./stage/flip-to-fault";

const ERROR_SHARE = 0.05;

export const errorsAfterFlip: Fault<WatchedFlip> = {
  name: "errors-after-flip",
  summary: `A version answers ${ERROR_SHARE * 100} % of its requests with 500 once it receives all traffic; its health checks pass.`,
  tolerates: "The requests that it fails until the watch has shifted the traffic back.",
  tolerated: { failedShare: ERROR_SHARE, failureSeconds: 30, cutShare: 0.2 },
  expected:
    "An alarm goes off, the watch shifts the traffic back within 30 s, and the update fails with the reason.",
  noticedBy: ["users", "alarm", "watch", "update"],
  recoversWithinSeconds: 30,
  onAws:
    "Alarms need two minutes there; here their periods are 30 times as short. Multiply the failed requests by 30.",
  stack: "real time",
  needsNewStack: true,
  needs: ["Node.js"],
  inject: (stage) =>
    flipToFault(stage, (color) => {
      const { services, healthyPaths } = stage.stack;
      services.set({ kind: "errors", tier: "web", color, share: ERROR_SHARE, healthyPaths });
    }),
  actual: describeWatchedFlip,
  problems: watchedFlipProblems,
};
