/** Decides from an observation if a tier of a color is ready for traffic. Pure functions. */

import { neededTargets } from "../../traffic/needed-targets";
import { healthyCount, registered, type TargetHealth } from "../../traffic/targets";
import type { GateEvent, GateTier } from "./event";
import type { GateMode } from "./mode";
import { countedReports, faultOf, type ReportFault, type VersionReport } from "./report";

/** A response that was not as expected. */
export interface Answer {
  readonly request: string;
  readonly path: string;
  readonly status?: number;
  /** The instance or the load balancer that responded, if known. */
  readonly from?: string;
  readonly body?: string;
  readonly error?: string;
  readonly code?: string;
}

/** A change of the Auto Scaling group by the gate, or the reason why there was none. */
export interface CapacityChange {
  readonly group: string;
  readonly from: number;
  readonly to: number;
}

/** Observation of one tier at one time. */
export interface Observation {
  readonly targets: readonly TargetHealth[];
  /** The newest report of each distinct instance. */
  readonly reports: readonly VersionReport[];
  /** Healthy targets of the other color; 0 if the event names no target group of that color. */
  readonly otherHealthy: number;
  /** A request to an AWS API that failed. */
  readonly failure?: string;
  /** The newest response that was not as expected. */
  readonly answer?: Answer;
  /** True if the time limit ended the requests, so that the previous observation is more complete. */
  readonly isIncomplete?: boolean;
  /** Remarks on the group's capacity: why it was not raised, or why its instances do not start. */
  readonly capacity?: readonly string[];
}

function describeTarget({ id, state, reason, description }: TargetHealth): string {
  const why = [reason, description].filter((text) => text !== undefined).join(": ");
  return why === "" ? `${id} ${state}` : `${id} ${state} (${why})`;
}

/** Counts such as `2 blue 1.0.0, 1 green 1.1.0`. */
function countVersions(reports: readonly VersionReport[]): string {
  const counts = new Map<string, number>();
  for (const { color, version } of reports) {
    const label = `${color} ${version}`;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].map(([label, count]) => `${count} ${label}`).join(", ") || "none";
}

export type Expectation = Pick<GateEvent, "color" | "version" | "sharePercent" | "otherSharePercent">;

/** Healthy targets that the tier needs for the color's share of the traffic. */
export function neededOf(
  { sharePercent, otherSharePercent }: Pick<Expectation, "sharePercent" | "otherSharePercent">,
  { minHealthy, maxInstances }: Pick<GateTier, "minHealthy" | "maxInstances">,
  { targets, otherHealthy }: Pick<Observation, "targets" | "otherHealthy">,
): number {
  const ownHealthy = healthyCount(targets);
  return neededTargets({
    sharePercent,
    otherSharePercent,
    minHealthy,
    maxInstances,
    ownHealthy,
    otherHealthy,
  });
}

/**
 * Every reason why the tier is not ready, each with a remedy. Empty when it is ready.
 *
 * A rollback needs enough healthy targets that report the version. One unhealthy target, or one failed request, counts
 * only if it leaves too few.
 */
export function problemsOf(
  expected: Expectation,
  tier: GateTier,
  observation: Observation,
  mode: GateMode = "forward",
): string[] {
  const { reports, targets } = observation;
  const needed = neededOf(expected, tier, observation);
  const healthy = healthyCount(targets);
  const matching = countedReports(reports, expected, tier, targets, mode).length;
  if (mode === "rollback" && healthy >= needed && matching >= needed) return [];
  const problems = [
    ...capacityProblems(expected, tier, observation, needed),
    ...remarksOf(expected, tier, observation),
  ];
  if (problems.length > 0) return problems;
  const awaited = mode === "rollback" ? needed : registered(targets).length;
  if (matching >= awaited) return [];
  return [
    `${matching} of ${awaited} registered targets answered GET ${new URL(tier.versionPath, tier.url)}: ` +
      "check that the color's test rule forwards to this target group",
  ];
}

/** Problems that do not stop a rollback: unhealthy targets, unexpected reports, failed requests. */
export function remarksOf(expected: Expectation, tier: GateTier, observation: Observation): string[] {
  return [
    ...healthProblems(registered(observation.targets)),
    ...reportProblems(expected, tier, observation),
    ...answerProblems(observation, tier),
  ];
}

function capacityProblems(
  { otherSharePercent: share }: Expectation,
  tier: GateTier,
  { targets, otherHealthy, capacity = [] }: Observation,
  needed: number,
): string[] {
  const healthy = healthyCount(targets);
  if (healthy >= needed) return [];
  const load = share < 100 ? ` for ${share} % of the traffic` : "";
  const why = needed > tier.minHealthy ? ` (the other color runs ${otherHealthy}${load})` : "";
  const remarks = capacity.map((remark) => `${remark}. `).join("");
  const remedy =
    tier.autoScalingGroupName === undefined
      ? "raise the color's capacity, or find out why its instances do not start (activity of its Auto Scaling group, log of an instance)"
      : `${remarks}Find out why instances of the group ${tier.autoScalingGroupName} do not become healthy (its activity, log of an instance)`;
  return [`${healthy} healthy targets, ${needed} needed${why}: ${remedy}`];
}

function healthProblems(present: readonly TargetHealth[]): string[] {
  const unhealthy = present.filter(({ state }) => state !== "healthy");
  if (unhealthy.length === 0) return [];
  return [
    `not healthy: ${unhealthy.map(describeTarget).join(", ")}: request the health check path on that instance`,
  ];
}

/** One problem for each kind of fault, with the reports that have it. */
function reportProblems(expected: Expectation, tier: GateTier, { reports, targets }: Observation): string[] {
  return Object.entries(FAULTS).flatMap(([fault, { title, remedy }]) => {
    const faulty = reports.filter((report) => faultOf(report, expected, tier, targets) === fault);
    return faulty.length === 0 ? [] : [`${title}: ${faulty.map(describeReport).join(", ")}: ${remedy}`];
  });
}

function describeReport({ instance, service, color, version }: VersionReport): string {
  return `${instance} is ${service === undefined ? "" : `${service} `}${color} ${version}`;
}

const FAULTS: Readonly<Record<ReportFault, { readonly title: string; readonly remedy: string }>> = {
  foreign: {
    title: "answers of instances that are not in the target group",
    remedy:
      "another rule of the listener took the request: compare the priorities of its rules, and give each fleet on the listener " +
      "a `service` of its own",
  },
  unnamed: {
    title: "answers whose instance is not the id of an EC2 instance",
    remedy:
      "let the version report the id, such as i-0123456789abcdef0, from the instance metadata or from INSTANCE_ID; or set " +
      "`matchInstances` to false",
  },
  service: {
    title: "reports of another service",
    remedy:
      "check that the color's test rule forwards to this target group, and that the version reports its service",
  },
  version: {
    title: "reports of another color or version",
    remedy:
      "wait until the old instances have left the target group, and check that the color's test rule forwards to this group",
  },
};

function answerProblems({ failure, answer }: Observation, tier: GateTier): string[] {
  if (failure !== undefined) return [failure];
  return answer === undefined ? [] : [`${describeAnswer(answer)}: ${answerRemedy(answer, tier)}`];
}

/** For example `GET https://…/version answered 500 from instance ip-10-0-3-7: {"error":"no database"}`. */
export function describeAnswer({ request, status, from, body, error }: Answer): string {
  if (error !== undefined) return `${request} failed: ${error}`;
  const sender = from === undefined ? "" : ` from ${from}`;
  return `${request} answered ${status}${sender}${body ? ` with ${body}` : " without a body"}`;
}

/** Listener rules and the network can be the cause only if the load balancer itself responded, or if no response came. */
function answerRemedy({ path, status, from, error, code }: Answer, { readinessPath }: GateTier): string {
  if (error !== undefined) {
    return /^(ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|ECONNRESET)$/.test(code ?? "") ||
      /no response/.test(error)
      ? "check that the gate reaches the load balancer: its listener, its security group, allowedCidrs"
      : "find the reason in the log of the instances";
  }
  if (from === "the load balancer") {
    if (status === 464) {
      return "the target group expects another protocol: use HTTP1, or HTTP2 behind an HTTPS listener; a gate cannot check gRPC";
    }
    return status === 503
      ? "the load balancer has no rule or no target for this color: check the color's test rule and its headers"
      : "the load balancer got no valid answer from a target: find the reason in the log of the instances";
  }
  if (path === readinessPath) {
    return "the version does not reach something that it needs: find the reason in the answer and in the log of the instances";
  }
  if (status === 200) return "the version must answer with JSON that has instance, color and version";
  if (status === 404) return "the version must serve this path";
  return "find the reason in the log of the instances";
}

export function describeObservation({ targets, reports }: Observation): string {
  const states = targets.map(describeTarget).join(", ") || "none";
  return `targets: ${states}; reports: ${countVersions(reports)}`;
}
