import { invalid } from "./errors";
import type { HealthCheck } from "./types";

/** What the load balancer has learnt of one target. */
export interface Health {
  readonly state: "initial" | "healthy" | "unhealthy";
  /** Checks of the same result in a row. */
  readonly passed: number;
  readonly failed: number;
  readonly reason?: string;
}

/** `reason` is undefined for a check that was passed, else the code that DescribeTargetHealth would give. */
export interface CheckResult {
  readonly reason?: "Target.ResponseCodeMismatch" | "Target.Timeout" | "Target.FailedHealthChecks";
}

export const INITIAL_HEALTH: Health = {
  state: "initial",
  passed: 0,
  failed: 0,
  reason: "Elb.InitialHealthChecking",
};

/**
 * A new target is healthy after its first passed check; an unhealthy one needs the healthy threshold; both a new and a
 * healthy one become unhealthy at the unhealthy threshold.
 */
export function afterCheck(
  health: Health,
  result: CheckResult,
  thresholds: Pick<HealthCheck, "healthyThreshold" | "unhealthyThreshold">,
): Health {
  if (result.reason === undefined) {
    const passed = health.passed + 1;
    const healthy = health.state !== "unhealthy" || passed >= thresholds.healthyThreshold;
    return healthy ? { state: "healthy", passed, failed: 0 } : { ...health, passed, failed: 0 };
  }
  const failed = health.failed + 1;
  return failed >= thresholds.unhealthyThreshold
    ? { state: "unhealthy", passed: 0, failed, reason: result.reason }
    : { ...health, passed: 0, failed };
}

/** Reads a matcher as AWS writes it: `200`, `200-299`, `200,202` or a mixture. Codes are 200-499. */
export function parseMatcher(matcher: string): (statusCode: number) => boolean {
  const ranges = matcher.split(",").map((part) => {
    const [, from, to] = /^\s*(\d{3})(?:-(\d{3}))?\s*$/.exec(part) ?? [];
    const range = { from: Number(from), to: Number(to ?? from) };
    if (from === undefined || range.from < 200 || range.to > 499 || range.from > range.to) {
      throw invalid(
        `health check matcher is "${matcher}"; give codes 200-499 as "200", "200-299" or "200,202"`,
      );
    }
    return range;
  });
  return (statusCode) => ranges.some(({ from, to }) => statusCode >= from && statusCode <= to);
}
