import type { Fault } from "./stage/fault";
import { describeLoss, type InstanceLoss, loseInstance, lossProblems } from "./stage/lose-instance";

export const appInstanceKilled: Fault<InstanceLoss> = {
  name: "app-instance-killed",
  summary: "The host of an application instance of the live color fails.",
  tolerates:
    "Uploads, and requests that must not be repeated, on their way to the instance until three health checks have " +
    "failed. The web tier repeats all other requests on another instance.",
  tolerated: { failedShare: 0.1, failureSeconds: 45, cutShare: 0.6 },
  expected:
    "Health checks find the instance within 45 s, Auto Scaling replaces it alone, and no session is lost.",
  noticedBy: ["health check", "Auto Scaling"],
  recoversWithinSeconds: 60,
  onAws: "As on AWS, except that a new instance boots in about a second instead of minutes.",
  stack: "real time",
  inject: (stage) => loseInstance(stage, "app", (id) => stage.simulator.loseInstance(id)),
  actual: describeLoss,
  problems: lossProblems,
};
