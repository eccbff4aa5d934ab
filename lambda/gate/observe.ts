/** Observes one tier: the health of its targets and the versions that they report. */

import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { describeTargets, registered, type TargetHealth } from "../../traffic/targets";
import { isExpected, type Observation, type VersionReport } from "./decide";
import type { GateEvent, GateTier } from "./event";
import { requestVersion } from "./probe";

/** True for an error that a retry cannot correct, such as a missing permission or target group. */
function isFinal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { $fault, $retryable, name } = error as Error & { $fault?: string; $retryable?: unknown };
  return (
    $fault === "client" && $retryable === undefined && !/Throttl|TooMany|RequestLimit|Timeout/.test(name)
  );
}

/**
 * Observes one tier repeatedly. Reports of earlier polls are kept, because a load balancer does not always choose
 * every target within one poll. They are dropped when the targets of the group change or a report is not the expected
 * one.
 */
export class TierObserver {
  private readonly reports = new Map<string, VersionReport>();
  private members = "";

  constructor(
    private readonly client: ElasticLoadBalancingV2Client,
    private readonly expected: Pick<GateEvent, "color" | "version">,
    private readonly tier: GateTier,
  ) {}

  /** @throws Error when a retry cannot help: the group does not exist, or the permission is missing. */
  async observe(deadline: number): Promise<Observation> {
    const { targetGroupArn, otherTargetGroupArn } = this.tier;
    let targets: TargetHealth[];
    let others: TargetHealth[];
    try {
      targets = await describeTargets(this.client, targetGroupArn);
      others = otherTargetGroupArn ? await describeTargets(this.client, otherTargetGroupArn) : [];
    } catch (error) {
      const { name, message } = error as Error;
      const failure = `DescribeTargetHealth of ${targetGroupArn} failed: ${name}: ${message}`;
      if (isFinal(error)) throw new Error(`${this.tier.tier}: ${failure}`);
      return { targets: [], reports: [...this.reports.values()], otherHealthy: 0, failure };
    }
    const otherHealthy = others.filter(({ state }) => state === "healthy").length;
    const present = registered(targets);
    const members = present
      .map(({ id }) => id)
      .sort()
      .join();
    if (members !== this.members) this.reports.clear();
    this.members = members;
    const outcome = present.length > 0 ? await this.requestVersions(present.length, deadline) : {};
    const reports = [...this.reports.values()];
    const isWrong = reports.some((report) => !isExpected(report, this.expected));
    if (isWrong || outcome.failure !== undefined) this.reports.clear();
    return { targets, reports, otherHealthy, ...outcome };
  }

  /**
   * Sends requests until every target has reported, a report is unexpected, or the maximum number of requests is
   * reached.
   */
  private async requestVersions(
    count: number,
    deadline: number,
  ): Promise<Pick<Observation, "failure" | "isIncomplete">> {
    for (let left = 8 + count * 6; left > 0; left--) {
      const report = await requestVersion(this.tier);
      if (typeof report === "string") return { failure: report };
      this.reports.set(report.instance, report);
      if (this.reports.size >= count || !isExpected(report, this.expected)) return {};
      // Checked only after a report, so that even a very short time limit gives one.
      if (Date.now() >= deadline) return { isIncomplete: true };
    }
    return {};
  }
}
