import type { Fault } from "./stage/fault";
import { describeLoss, type InstanceLoss, loseInstance, lossProblems } from "./stage/lose-instance";

/**
 * Half of the requests until the third health check, which may begin up to one interval after the fault. A cut upload
 * soon begins again, so more than half of the uploads fail.
 */
export const webInstanceKilled: Fault<InstanceLoss> = {
  name: "web-instance-killed",
  summary: "The host of a web instance of the live color fails.",
  tolerates:
    "The requests that the instance was answering, and those that the load balancer sends to it until three health " +
    "checks have failed: it repeats no request.",
  tolerated: { failedShare: 0.4, failureSeconds: 45, cutShare: 0.75 },
  expected:
    "Health checks find the instance within 45 s, Auto Scaling replaces it alone, and no session is lost.",
  noticedBy: ["users", "health check", "Auto Scaling"],
  recoversWithinSeconds: 60,
  onAws: "As on AWS, except that a new instance boots in about a second instead of minutes.",
  stack: "real time",
  inject: (stage) => loseInstance(stage, "web", (id) => stage.simulator.loseInstance(id)),
  actual: describeLoss,
  problems: lossProblems,
};
