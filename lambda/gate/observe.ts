/** Looks at one tier: its registered targets and who answers. */

import {
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type Answer, registered, type Seen, type Target } from "./decide";
import type { GateEvent, GateTier } from "./event";
import { askVersion } from "./probe";

/** Every target of a group, those that are draining too. */
export async function describeTargets(client: ElasticLoadBalancingV2Client, arn: string): Promise<Target[]> {
  const { TargetHealthDescriptions = [] } = await client.send(
    new DescribeTargetHealthCommand({ TargetGroupArn: arn }),
  );
  return TargetHealthDescriptions.map(({ Target, TargetHealth }) => ({
    id: Target?.Port === undefined ? `${Target?.Id}` : `${Target.Id}:${Target.Port}`,
    state: TargetHealth?.State ?? "unknown",
    reason: TargetHealth?.Reason,
    description: TargetHealth?.Description,
  }));
}

/** AWS answers with a fault of ours (no permission, no such group) what waiting will not mend. */
function isFinal(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { $fault, $retryable, name } = error as Error & { $fault?: string; $retryable?: unknown };
  return (
    $fault === "client" && $retryable === undefined && !/Throttl|TooMany|RequestLimit|Timeout/.test(name)
  );
}

/**
 * Remembers who answered from one look to the next, because a load balancer need not choose every target within
 * one look. Everything is forgotten when the group's members change or an answer is not the expected one.
 */
export class TierObserver {
  private readonly answers = new Map<string, Answer>();
  private members = "";

  constructor(
    private readonly client: ElasticLoadBalancingV2Client,
    private readonly expected: Pick<GateEvent, "color" | "version">,
    private readonly tier: GateTier,
  ) {}

  /** @throws when waiting cannot help: the group does not exist, the Lambda may not look at it */
  async look(deadline: number): Promise<Seen> {
    const { targetGroupArn, otherTargetGroupArn } = this.tier;
    let targets: Target[];
    let others: Target[];
    try {
      targets = await describeTargets(this.client, targetGroupArn);
      others = otherTargetGroupArn ? await describeTargets(this.client, otherTargetGroupArn) : [];
    } catch (error) {
      const { name, message } = error as Error;
      const failure = `DescribeTargetHealth of ${targetGroupArn} failed: ${name}: ${message}`;
      if (isFinal(error)) throw new Error(`${this.tier.tier}: ${failure}`);
      return { targets: [], answers: [...this.answers.values()], otherHealthy: 0, failure };
    }
    const otherHealthy = others.filter(({ state }) => state === "healthy").length;
    const present = registered(targets);
    const members = present
      .map(({ id }) => id)
      .sort()
      .join();
    if (members !== this.members) this.answers.clear();
    this.members = members;
    const asked = present.length > 0 ? await this.ask(present.length, deadline) : {};
    const seen: Seen = { targets, answers: [...this.answers.values()], otherHealthy, ...asked };
    if (seen.failure !== undefined || seen.answers.some((answer) => this.isStranger(answer)))
      this.answers.clear();
    return seen;
  }

  private isStranger({ color, version }: Answer): boolean {
    return color !== this.expected.color || version !== this.expected.version;
  }

  /** Asks until every target has answered, one did so wrongly, or by chance some were never chosen. */
  private async ask(count: number, deadline: number): Promise<Pick<Seen, "failure" | "cutShort">> {
    for (let left = 8 + count * 6; left > 0; left--) {
      const answer = await askVersion(this.tier);
      if (typeof answer === "string") return { failure: answer };
      this.answers.set(answer.instance, answer);
      if (this.answers.size >= count || this.isStranger(answer)) return {};
      // Not before the first answer: a gate with too short a time says at least who it met.
      if (Date.now() >= deadline) return { cutShort: true };
    }
    return {};
  }
}
