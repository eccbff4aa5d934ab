/** Assigns the reports of instances to the targets of a group. Pure functions. */

import type { TargetHealth } from "../../traffic/targets";
import type { GateEvent, GateTier } from "./event";
import type { GateMode } from "./mode";

/** The response of `/version`. */
export interface VersionReport {
  /** The id of the EC2 instance. */
  readonly instance: string;
  readonly color: string;
  readonly version: string;
  readonly service?: string;
}

/**
 * - `unnamed`: the instance's name is not an id of EC2, so that it cannot be found among the targets.
 * - `foreign`: the instance is not in the target group, so another rule took the request.
 * - `service`, `version`: the report names another service, or another color or version.
 */
export type ReportFault = "unnamed" | "foreign" | "service" | "version";

export type Expected = Pick<GateEvent, "color" | "version">;
export type ReportingTier = Pick<GateTier, "service" | "matchInstances">;

/** Returns what is wrong with a report, or undefined. */
export function faultOf(
  report: VersionReport,
  { color, version }: Expected,
  { service, matchInstances }: ReportingTier,
  targets: readonly TargetHealth[],
): ReportFault | undefined {
  if (matchInstances && !targets.some((target) => isReportOf(report, target))) {
    return /^i-\w+$/.test(report.instance) ? "foreign" : "unnamed";
  }
  if (isOtherService(report, service, matchInstances)) return "service";
  return report.color === color && report.version === version ? undefined : "version";
}

/** Without ids of instances, only the name of the service tells the answers of two services apart. */
function isOtherService(
  report: VersionReport,
  service: string | undefined,
  matchInstances: boolean,
): boolean {
  if (service === undefined || (report.service === undefined && matchInstances)) return false;
  return report.service?.toLowerCase() !== service.toLowerCase();
}

/** True if the report is by the target's instance. A host name of EC2 that begins with the id is accepted. */
function isReportOf({ instance }: VersionReport, { id }: TargetHealth): boolean {
  const target = id.replace(/:\d+$/, "");
  return instance === target || instance.startsWith(`${target}.`);
}

/**
 * The reports that count: by registered targets, and as expected. In a rollback, a name that is no id of EC2 counts too,
 * because the color has served with it before.
 */
export function countedReports(
  reports: readonly VersionReport[],
  expected: Expected,
  tier: ReportingTier,
  targets: readonly TargetHealth[],
  mode: GateMode,
): VersionReport[] {
  const present = targets.filter(({ state }) => state !== "draining");
  return reports.filter((report) => {
    const fault = faultOf(report, expected, tier, present);
    if (fault !== "unnamed" || mode !== "rollback") return fault === undefined;
    return faultOf(report, expected, { ...tier, matchInstances: false }, present) === undefined;
  });
}
