import {
  type AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  type DescribeAutoScalingGroupsCommandOutput,
  DescribeScalingActivitiesCommand,
  SetDesiredCapacityCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";

export interface GroupCapacity {
  readonly name: string;
  readonly minSize: number;
  readonly maxSize: number;
  readonly desired: number;
}

/** Describes groups; one that does not exist is left out. */
export async function describeGroups(
  client: AutoScalingClient,
  names: readonly string[],
): Promise<GroupCapacity[]> {
  if (names.length === 0) return [];
  const { AutoScalingGroups = [] } = await client.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [...names] }),
  );
  return AutoScalingGroups.map(({ AutoScalingGroupName, MinSize, MaxSize, DesiredCapacity }) => ({
    name: AutoScalingGroupName ?? "",
    minSize: MinSize ?? 0,
    maxSize: MaxSize ?? 0,
    desired: DesiredCapacity ?? 0,
  }));
}

/** Names of the groups with the tag `changeover:stack` of a stack whose instances are in a target group. */
export async function findGroups(
  client: AutoScalingClient,
  stack: string,
  targetGroupArn: string,
): Promise<string[]> {
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page: DescribeAutoScalingGroupsCommandOutput = await client.send(
      new DescribeAutoScalingGroupsCommand({
        Filters: [{ Name: "tag:changeover:stack", Values: [stack] }],
        NextToken,
      }),
    );
    for (const { AutoScalingGroupName, TargetGroupARNs = [] } of page.AutoScalingGroups ?? []) {
      if (AutoScalingGroupName && TargetGroupARNs.includes(targetGroupArn)) names.push(AutoScalingGroupName);
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return names;
}

/** The new desired capacity of a group with too few instances; undefined if it has enough or is at its maximum. */
export function raisedCapacity({ desired, maxSize }: GroupCapacity, needed: number): number | undefined {
  const raised = Math.min(needed, maxSize);
  return raised > desired ? raised : undefined;
}

export async function setDesiredCapacity(
  client: AutoScalingClient,
  name: string,
  desired: number,
): Promise<void> {
  await client.send(
    new SetDesiredCapacityCommand({
      AutoScalingGroupName: name,
      DesiredCapacity: desired,
      HonorCooldown: false,
    }),
  );
}

export async function setMinSize(client: AutoScalingClient, name: string, minSize: number): Promise<void> {
  await client.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, MinSize: minSize }));
}

/** The reason why the newest attempt to start or stop an instance failed; undefined if it did not fail. */
export async function newestActivityFailure(
  client: AutoScalingClient,
  name: string,
): Promise<string | undefined> {
  const { Activities = [] } = await client.send(
    new DescribeScalingActivitiesCommand({ AutoScalingGroupName: name, MaxRecords: 1 }),
  );
  const [newest] = Activities;
  return newest?.StatusCode === "Failed" ? (newest.StatusMessage ?? newest.Description) : undefined;
}
