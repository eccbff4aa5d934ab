import { invalid } from "./errors";
import type { HealthCheck } from "./types";

/** The health of one target, as the load balancer sees it. */
export interface Health {
  readonly state: "initial" | "healthy" | "unhealthy";
  /** Consecutive checks with the same result. */
  readonly passed: number;
  readonly failed: number;
  readonly reason?: string;
}

/** `reason` is undefined for a passed check, else the code of DescribeTargetHealth. */
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
 * A new target is healthy after its first passed check; an unhealthy one needs the healthy threshold. New and healthy
 * targets become unhealthy at the unhealthy threshold.
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

/** Parses a matcher in AWS's form: `200`, `200-299`, `200,202` or a combination. Codes are 200-499. */
export function parseMatcher(matcher: string): (statusCode: number) => boolean {
  const ranges = matcher.split(",").map((part) => {
    const [, from, to] = /^\s*(\d{3})(?:-(\d{3}))?\s*$/.exec(part) ?? [];
    const range = { from: Number(from), to: Number(to ?? from) };
    if (from === undefined || range.from < 200 || range.to > 499 || range.from > range.to) {
      throw invalid(
        `Health check matcher must be codes from 200 to 499 such as "200", "200-299" or "200,202", got "${matcher}".`,
      );
    }
    return range;
  });
  return (statusCode) => ranges.some(({ from, to }) => statusCode >= from && statusCode <= to);
}
