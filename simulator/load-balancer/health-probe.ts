import * as http from "node:http";
import { type CheckResult, parseMatcher } from "./health";
import type { HealthCheck, Target } from "./types";

/** Runs one health check on a new connection. Never rejects: a failed check is a result. */
export function probeTarget(
  target: Target,
  check: HealthCheck,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  return new Promise((resolve) => {
    const request = http.get({
      host: target.host,
      port: target.port,
      path: check.path,
      agent: false,
      headers: { "user-agent": "ELB-HealthChecker/2.0" },
      signal,
    });
    const end = (result: CheckResult) => {
      clearTimeout(timer);
      request.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end({ reason: "Target.Timeout" }), timeoutMs);
    request.on("error", () => end({ reason: "Target.FailedHealthChecks" }));
    request.on("response", (response) => {
      const expected = parseMatcher(check.matcher)(response.statusCode ?? 0);
      end(expected ? {} : { reason: "Target.ResponseCodeMismatch" });
    });
  });
}
