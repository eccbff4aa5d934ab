import {
  type Action,
  AddTagsCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  type ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  RemoveTagsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { obsoleteTagKeys, recordOfTags, type ShiftRecord, tagsOfRecord } from "./shift-record";

/** Weights by target group ARN. A target group with weight 0 is left out. */
export type TargetGroupWeights = Readonly<Record<string, number>>;

export interface RuleState {
  readonly weights: TargetGroupWeights;
  /** Duration of the stickiness in seconds; undefined if it is off. */
  readonly stickySeconds?: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Undefined if the tags have no record. */
  readonly record?: ShiftRecord;
}

/** @throws the SDK's error, for example `RuleNotFoundException` */
export async function readProductionRule(
  client: ElasticLoadBalancingV2Client,
  ruleArn: string,
): Promise<RuleState> {
  const [{ Rules = [] }, { TagDescriptions = [] }] = await Promise.all([
    client.send(new DescribeRulesCommand({ RuleArns: [ruleArn] })),
    client.send(new DescribeTagsCommand({ ResourceArns: [ruleArn] })),
  ]);
  const forward = Rules[0]?.Actions?.find(({ Type }) => Type === "forward");
  const stickiness = forward?.ForwardConfig?.TargetGroupStickinessConfig;
  const tags = Object.fromEntries(
    (TagDescriptions[0]?.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value] as const),
  );
  return {
    weights: weightsOfAction(forward),
    ...(stickiness?.Enabled ? { stickySeconds: stickiness.DurationSeconds } : {}),
    tags,
    record: recordOfTags(tags),
  };
}

function weightsOfAction(forward: Action | undefined): TargetGroupWeights {
  const groups = forward?.ForwardConfig?.TargetGroups;
  if (groups === undefined || groups.length === 0) {
    return forward?.TargetGroupArn === undefined ? {} : { [forward.TargetGroupArn]: 1 };
  }
  return Object.fromEntries(
    groups
      .map(({ TargetGroupArn = "", Weight = 1 }) => [TargetGroupArn, Weight] as const)
      .filter(([, weight]) => weight > 0),
  );
}

/**
 * True if both give every target group the same share of the traffic. AWS may report weights as other numbers in the
 * same ratio.
 */
export function isSameTraffic(left: TargetGroupWeights, right: TargetGroupWeights): boolean {
  const shares = (weights: TargetGroupWeights) => {
    const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
    return (arn: string) => (sum === 0 ? 0 : (weights[arn] ?? 0) / sum);
  };
  const [shareLeft, shareRight] = [shares(left), shares(right)];
  return [...Object.keys(left), ...Object.keys(right)].every(
    (arn) => Math.abs(shareLeft(arn) - shareRight(arn)) < 1e-6,
  );
}

/**
 * The `forward` action for weights. A target group with weight 0 is left out: it would still receive the requests of
 * clients that hold its stickiness cookie.
 */
export function forwardAction(weights: TargetGroupWeights, stickySeconds: number): Action {
  const groups = Object.entries(weights).filter(([, weight]) => weight > 0);
  return {
    Type: "forward",
    ForwardConfig: {
      TargetGroups: groups.map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight })),
      // AWS requires a duration even when stickiness is off.
      TargetGroupStickinessConfig: { Enabled: groups.length > 1, DurationSeconds: stickySeconds },
    },
  };
}

/** Shifts traffic. Routing changes within seconds; requests in flight end on the former color. */
export async function setWeights(
  client: ElasticLoadBalancingV2Client,
  ruleArn: string,
  weights: TargetGroupWeights,
  stickySeconds: number,
): Promise<void> {
  const Actions = [forwardAction(weights, stickySeconds)];
  await client.send(new ModifyRuleCommand({ RuleArn: ruleArn, Actions }));
}

/** Replaces the record on the rule's tags; other tags stay. */
export async function writeRecord(
  client: ElasticLoadBalancingV2Client,
  ruleArn: string,
  record: ShiftRecord,
): Promise<void> {
  await writeTags(client, ruleArn, tagsOfRecord(record));
  await removeTags(client, ruleArn, obsoleteTagKeys(record));
}

export async function writeTags(
  client: ElasticLoadBalancingV2Client,
  ruleArn: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  if (Tags.length > 0) await client.send(new AddTagsCommand({ ResourceArns: [ruleArn], Tags }));
}

export async function removeTags(
  client: ElasticLoadBalancingV2Client,
  ruleArn: string,
  keys: readonly string[],
): Promise<void> {
  if (keys.length > 0) {
    await client.send(new RemoveTagsCommand({ ResourceArns: [ruleArn], TagKeys: [...keys] }));
  }
}
