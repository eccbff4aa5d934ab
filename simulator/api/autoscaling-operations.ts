import { createHash } from "node:crypto";
import { z } from "zod";
import { AwsError } from "../errors";
import type { ScalingGroup } from "../instances/scaling-group";
import { GROUP_TYPE } from "../services/autoscaling";
import { resourceTagKeys } from "../tags";
import type { World } from "../world";
import type { IamTarget } from "./caller";
import { type ApiOperations, operation } from "./operation";

interface GroupTag {
  readonly key: string;
  readonly value: string;
  readonly propagateAtLaunch: boolean;
}

const page = { MaxRecords: z.coerce.number().optional(), NextToken: z.string().optional() };
const flag = z.enum(["true", "false"]).optional();
const size = z.coerce.number().int().min(0);

function groupOf(name: string, world: World): ScalingGroup {
  const found = world.scalingGroups.get(name);
  if (!found) throw new AwsError("ValidationError", `AutoScalingGroup name not found - ${name}`);
  return found;
}

function tagsOfGroup({ name }: ScalingGroup, { resources }: World): readonly GroupTag[] {
  return (resources.get(GROUP_TYPE, name)?.outs.tags ?? []) as readonly GroupTag[];
}

function targetOf(group: ScalingGroup, world: World): IamTarget {
  const tags = tagsOfGroup(group, world).map(({ key, value }) => [key, value] as const);
  const { name } = group;
  const resource = world.account.arn("autoscaling", `autoScalingGroup:${name}:autoScalingGroupName/${name}`);
  return { resource, conditionKeys: resourceTagKeys(Object.fromEntries(tags)) };
}

function describeGroup(group: ScalingGroup, world: World) {
  const outs = world.resources.get(GROUP_TYPE, group.name)?.outs ?? {};
  const { min, max, desired } = group.size;
  const tags = tagsOfGroup(group, world);
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: outs.arn,
    MinSize: min,
    MaxSize: max,
    DesiredCapacity: desired,
    DefaultCooldown: outs.defaultCooldown ?? 300,
    AvailabilityZones: world.account.zones,
    TargetGroupARNs: outs.targetGroupArns ?? [],
    HealthCheckType: outs.healthCheckType ?? "EC2",
    HealthCheckGracePeriod: outs.healthCheckGracePeriod ?? 300,
    CreatedTime: new Date(group.createdAt),
    Instances: group.members().map(({ instance, state }, index) => ({
      InstanceId: instance.id,
      AvailabilityZone: world.account.zones[index % world.account.zones.length],
      LifecycleState: state,
      HealthStatus: instance.state === "running" ? "Healthy" : "Unhealthy",
      LaunchTemplate: {
        LaunchTemplateId: instance.template.id,
        Version: String(instance.template.version),
      },
      ProtectedFromScaleIn: false,
    })),
    Tags: tags.map(({ key, value, propagateAtLaunch }) => ({
      ResourceId: group.name,
      ResourceType: "auto-scaling-group",
      Key: key,
      Value: value,
      PropagateAtLaunch: propagateAtLaunch,
    })),
    Status: group.isDraining ? "Delete in progress" : undefined,
  };
}

function matches(
  tags: readonly { Key: string; Value: string }[],
  filter: { Name: string; Values: string[] },
) {
  const { Name, Values } = filter;
  if (Name.startsWith("tag:")) {
    return tags.some(({ Key, Value }) => Key === Name.slice("tag:".length) && Values.includes(Value));
  }
  if (Name === "tag-key") return tags.some(({ Key }) => Values.includes(Key));
  if (Name === "tag-value") return tags.some(({ Value }) => Values.includes(Value));
  throw new AwsError("ValidationError", `Filter ${Name} is not supported by the simulator`);
}

/** @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Operations.html */
export const autoscalingOperations: ApiOperations = {
  DescribeAutoScalingGroups: operation(
    {
      AutoScalingGroupNames: z.array(z.string()).optional(),
      Filters: z.array(z.strictObject({ Name: z.string(), Values: z.array(z.string()) })).optional(),
      IncludeInstances: flag,
      ...page,
    },
    ({ AutoScalingGroupNames: names, Filters = [] }, world) => {
      const groups = [...world.scalingGroups.values()].filter(({ name }) => names?.includes(name) ?? true);
      const described = groups.map((group) => describeGroup(group, world));
      return {
        AutoScalingGroups: described.filter(({ Tags }) => Filters.every((filter) => matches(Tags, filter))),
      };
    },
  ),
  SetDesiredCapacity: operation(
    { AutoScalingGroupName: z.string(), DesiredCapacity: size, HonorCooldown: flag },
    ({ AutoScalingGroupName, DesiredCapacity }, world) => {
      groupOf(AutoScalingGroupName, world).setDesired(DesiredCapacity);
    },
    ({ AutoScalingGroupName }, world) => [targetOf(groupOf(AutoScalingGroupName, world), world)],
  ),
  UpdateAutoScalingGroup: operation(
    {
      AutoScalingGroupName: z.string(),
      MinSize: size.optional(),
      MaxSize: size.optional(),
      DesiredCapacity: size.optional(),
    },
    ({ AutoScalingGroupName, MinSize, MaxSize, DesiredCapacity }, world) => {
      const change = { min: MinSize, max: MaxSize, desired: DesiredCapacity };
      groupOf(AutoScalingGroupName, world).resize(change);
    },
    ({ AutoScalingGroupName }, world) => [targetOf(groupOf(AutoScalingGroupName, world), world)],
  ),
  DescribeScalingActivities: operation(
    { AutoScalingGroupName: z.string(), IncludeDeletedGroups: flag, ...page },
    ({ AutoScalingGroupName, MaxRecords = 100 }, world) => {
      const newestFirst = [...groupOf(AutoScalingGroupName, world).activities].reverse();
      return {
        Activities: newestFirst.slice(0, MaxRecords).map(({ at, description, failure }) => ({
          ActivityId: createHash("md5").update(`${AutoScalingGroupName} ${at} ${description}`).digest("hex"),
          AutoScalingGroupName,
          Description: description,
          Cause: description,
          StartTime: new Date(at),
          EndTime: new Date(at),
          StatusCode: failure === undefined ? "Successful" : "Failed",
          StatusMessage: failure,
          Progress: 100,
        })),
      };
    },
  ),
};
