import {
  DescribeTargetHealthCommand,
  type ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";

export interface TargetHealth {
  readonly id: string;
  readonly state: string;
  readonly reason?: string;
  readonly description?: string;
}

/** Describes every target of a group, including draining ones. */
export async function describeTargets(
  client: ElasticLoadBalancingV2Client,
  arn: string,
): Promise<TargetHealth[]> {
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

/** Draining targets are left out: they receive no new requests. */
export function registered(targets: readonly TargetHealth[]): TargetHealth[] {
  return targets.filter(({ state }) => state !== "draining");
}

export function healthyCount(targets: readonly TargetHealth[]): number {
  return targets.filter(({ state }) => state === "healthy").length;
}
