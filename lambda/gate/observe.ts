/** Observes one tier: the health of its targets, the versions that they report, and their readiness. */

import type { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { describeTargets, healthyCount, registered, type TargetHealth } from "../../traffic/targets";
import { type Answer, type Expectation, neededOf, type Observation } from "./decide";
import type { GateTier } from "./event";
import type { GateMode } from "./mode";
import { requestReadiness, requestVersion } from "./probe";
import { countedReports, faultOf, type VersionReport } from "./report";

/** True for an error that a retry cannot correct, such as a missing permission or target group. */
function isFinal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { $fault, $retryable, name } = error as Error & { $fault?: string; $retryable?: unknown };
  return (
    $fault === "client" && $retryable === undefined && !/Throttl|TooMany|RequestLimit|Timeout/.test(name)
  );
}

type Requests = Pick<Observation, "answer" | "isIncomplete">;

/**
 * Observes one tier repeatedly.
 *
 * Reports of earlier polls are kept, because a load balancer does not choose every target within one poll. They are
 * dropped when the group's targets change and, except in a rollback, after a failed request or an unexpected report.
 */
export class TierObserver {
  private readonly reports = new Map<string, VersionReport>();
  private members = "";
  private targets: readonly TargetHealth[] = [];

  constructor(
    private readonly client: ElasticLoadBalancingV2Client,
    private readonly expected: Expectation,
    private readonly tier: GateTier,
    private readonly mode: GateMode,
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
    this.targets = targets;
    const present = registered(targets);
    const members = present
      .map(({ id }) => id)
      .sort()
      .join();
    if (members !== this.members) this.reports.clear();
    this.members = members;
    const otherHealthy = healthyCount(others);
    const needed = neededOf(this.expected, this.tier, { targets, otherHealthy });
    const awaited = this.mode === "rollback" ? Math.min(needed, present.length) : present.length;
    const outcome = awaited > 0 ? await this.request(awaited, deadline) : {};
    const reports = [...this.reports.values()];
    const isWrong = reports.some((report) => this.isFaulty(report));
    const isStrict = this.mode === "forward";
    if (isStrict && (isWrong || outcome.answer !== undefined)) this.reports.clear();
    return { targets, reports, otherHealthy, ...outcome };
  }

  private async request(count: number, deadline: number): Promise<Requests> {
    const outcome = await this.requestVersions(count, deadline);
    const { readinessPath } = this.tier;
    // A rollback must not depend on the database or another tier, which both colors share.
    if (this.mode === "rollback" || readinessPath === undefined) return outcome;
    if (outcome.answer !== undefined || outcome.isIncomplete || this.reports.size < count) return outcome;
    return this.requestReadiness(readinessPath, count, deadline);
  }

  private isFaulty(report: VersionReport): boolean {
    return faultOf(report, this.expected, this.tier, this.targets) !== undefined;
  }

  private get matching(): number {
    const reports = [...this.reports.values()];
    return countedReports(reports, this.expected, this.tier, this.targets, this.mode).length;
  }

  /**
   * Sends requests until every target has reported or the maximum number of requests is reached. Except in a
   * rollback, it also stops at a failed request or an unexpected report.
   */
  private async requestVersions(count: number, deadline: number): Promise<Requests> {
    let newest: Answer | undefined;
    for (let left = 8 + count * 6; left > 0; left--) {
      const report = await requestVersion(this.tier);
      if ("answer" in report) {
        newest = report.answer;
        if (this.mode === "forward") return { answer: newest };
      } else {
        this.reports.set(report.instance, report);
        if (this.matching >= count) return { answer: newest };
        if (this.mode === "forward" && this.isFaulty(report)) return {};
      }
      // Checked after a request, so that at least one is sent even with a very short limit.
      if (Date.now() >= deadline) return { answer: newest, isIncomplete: true };
    }
    return { answer: newest };
  }

  /** Sends requests until each instance was ready once. An answer that names no instance counts for none. */
  private async requestReadiness(path: string, count: number, deadline: number): Promise<Requests> {
    const ready = new Set<string>();
    const limit = 8 + count * 6;
    for (let sent = 1; sent <= limit && ready.size < count; sent++) {
      const outcome = await requestReadiness(this.tier, path);
      if ("answer" in outcome) return outcome;
      if (outcome.instance !== undefined) ready.add(outcome.instance);
      // If instances do not name themselves, twice as many responses as targets are assumed to cover most targets.
      else if (sent >= 2 * count) return {};
      if (Date.now() >= deadline) return { isIncomplete: true };
    }
    return {};
  }
}
