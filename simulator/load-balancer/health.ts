import { invalid } from "./errors";
import type { HealthCheck } from "./types";

export interface Health {
  readonly state: "initial" | "healthy" | "unhealthy";
  /** Number of consecutive passed checks; likewise `failed`. */
  readonly passed: number;
  readonly failed: number;
  readonly reason?: string;
}

/** `reason` is undefined for a passed check; otherwise it is the reason code of DescribeTargetHealth. */
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
 * Returns a target's health after a check. A new target becomes healthy with its first passed check, an unhealthy
 * target with as many as the healthy threshold. A target becomes unhealthy with as many failed checks as the
 * unhealthy threshold.
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

/** Parses a matcher in AWS's form: `200`, `200-299`, `200,202` or a combination, with codes from 200 to 499. */
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
