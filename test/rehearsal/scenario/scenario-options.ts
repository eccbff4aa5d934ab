import { join } from "node:path";
import type { ScenarioOptions } from "../../../rehearsal/scenario/scenario";

const LIMIT_MS = 170_000;

/** A scenario with the sample application, small enough for a test: alarms that need two minutes go off in 4 s. */
export function scenarioOptions(size: {
  readonly minInstances: number;
  readonly maxInstances: number;
}): ScenarioOptions {
  const tier = JSON.stringify(size);
  return {
    programDirectory: join(__dirname, "..", "..", ".."),
    engine: "in-process",
    versions: ["1.0.0", "1.1.0"],
    requestsPerSecond: 40,
    alarmTimeScale: 30,
    drainSeconds: 10,
    settings: { web: tier, app: tier },
    signal: AbortSignal.timeout(LIMIT_MS),
  };
}

/** Paths that a faulty version answers as usual, so that its health checks do not show its errors. */
export const HEALTHY_PATHS = ["/healthz", "/readyz", "/version"];
