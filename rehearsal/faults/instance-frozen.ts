import type { Fault } from "./stage/fault";
import { describeLoss, type InstanceLoss, loseInstance, lossProblems } from "./stage/lose-instance";

export const instanceFrozen: Fault<InstanceLoss> = {
  name: "instance-frozen",
  summary: "A web instance of the live color stops to respond, with its connections open (SIGSTOP).",
  tolerates:
    "The requests that the load balancer sends to it until three health checks have timed out; their clients wait " +
    "until their own limit of 10 s.",
  tolerated: { failedShare: 0.5, failureSeconds: 60, cutShare: 0.75 },
  expected:
    "Health checks find the instance within 60 s, Auto Scaling replaces it alone, and no session is lost.",
  noticedBy: ["users", "health check", "Auto Scaling"],
  recoversWithinSeconds: 75,
  onAws: "As on AWS, except that a new instance boots in about a second instead of minutes.",
  stack: "real time",
  inject: (stage) => loseInstance(stage, "web", (id) => stage.simulator.freezeInstance(id)),
  actual: describeLoss,
  problems: lossProblems,
};
