import * as autoscaling from "@pulumi/aws/autoscaling";
import * as ec2 from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { isEventual } from "../validation/invalid-argument";
import { tagList, withTags } from "../validation/tags";
import type { BlueGreenFleet, BlueGreenFleetArgs, FleetColorArgs } from "./blue-green-fleet";
import type { Color } from "./color";
import type { ColorAddress } from "./color-address";
import type { FleetAccess } from "./fleet-access";
import { MAX_INSTANCES } from "./validate-fleet";

/** The servers of one color. */
export interface ColorCapacity {
  readonly group: autoscaling.Group;
}

interface Context {
  readonly args: BlueGreenFleetArgs;
  readonly access: FleetAccess;
  readonly address: ColorAddress;
  readonly after: Dependencies;
}

const AMAZON_LINUX_2023 = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64";

/** What one color of a fleet runs on: launch template, Auto Scaling Group, scaling policy. */
export function createColorCapacity(
  parent: BlueGreenFleet,
  fleetName: string,
  color: Color,
  release: FleetColorArgs,
  { args, access, address, after }: Context,
): ColorCapacity {
  const name = `${fleetName}-${color}`;
  const tags = withTags(args.tags, { name, tier: args.tier, color, version: release.version });
  const template = new ec2.LaunchTemplate(
    name,
    {
      imageId: args.imageId ?? AMAZON_LINUX_2023,
      instanceType: args.instanceType ?? "t4g.small",
      userData: pulumi.output(release.userData).apply((text) => Buffer.from(text).toString("base64")),
      updateDefaultVersion: true,
      vpcSecurityGroupIds: [access.securityGroupId],
      iamInstanceProfile: { arn: access.instanceProfileArn },
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      monitoring: { enabled: true },
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: {
            volumeSize: args.diskGib ?? 8,
            volumeType: "gp3",
            encrypted: "true",
            deleteOnTermination: "true",
          },
        },
      ],
      tagSpecifications: ["instance", "volume"].map((resourceType) => ({ resourceType, tags })),
      tags,
    },
    { parent },
  );

  const min = args.minInstances ?? 2;
  const startupSeconds = args.startupSeconds ?? 300;
  const on = release.on ?? true;
  const group = new autoscaling.Group(
    name,
    {
      // A number instead of $Latest, so that a preview shows the change and a rerun does not.
      launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
      vpcZoneIdentifiers: args.subnetIds,
      targetGroupArns: [address.targetGroup.arn],
      minSize: on ? min : 0,
      maxSize: on ? (args.maxInstances ?? Math.min(3 * min, MAX_INSTANCES)) : 0,
      // Left unset while on, so that autoscaling's number survives an update. Off, it has to be said: the provider
      // would wait for the number it remembers.
      desiredCapacity: on ? undefined : 0,
      // How many must be healthy before a creation counts as done. It says nothing about updates: the gate does.
      minElbCapacity: on ? min : undefined,
      waitForCapacityTimeout: `${args.capacityTimeoutMinutes ?? Math.max(10, Math.ceil(startupSeconds / 30))}m`,
      healthCheckType: "ELB",
      // Longer than a server takes to boot and to install what it needs, or none would ever live to serve.
      healthCheckGracePeriod: startupSeconds,
      // Servers say that they are unhealthy while the database fails over. By default Auto Scaling would end them all
      // at once and then start others; so a server goes only when another one is in its place.
      instanceMaintenancePolicy: { minHealthyPercentage: 100, maxHealthyPercentage: 200 },
      // For Auto Scaling a server is in service from its launch on; it counts as a replacement only after this long.
      defaultInstanceWarmup: args.startupSeconds ?? 180,
      metricsGranularity: "1Minute",
      enabledMetrics: ["GroupDesiredCapacity", "GroupInServiceInstances"],
      tags: tagList(tags),
    },
    {
      parent,
      // An update in place would wait for nothing and leave the old version's servers running.
      replaceOnChanges: ["launchTemplate"],
      // A group is gone when its last server is, and each may take as long as it drains. The provider's limit is 10 min.
      customTimeouts: { delete: `${10 + Math.ceil((args.drainSeconds ?? 300) / 60)}m` },
      dependsOn: together([address.rule, ...access.ready], after),
    },
  );
  if (on) {
    new autoscaling.Policy(
      name,
      {
        autoscalingGroupName: group.name,
        policyType: "TargetTrackingScaling",
        targetTrackingConfiguration: {
          predefinedMetricSpecification: { predefinedMetricType: "ASGAverageCPUUtilization" },
          targetValue: args.targetCpuPercent ?? 50,
        },
      },
      { parent },
    );
  }
  return { group };
}

type Dependencies = pulumi.ComponentResourceOptions["dependsOn"];

/** A list where it can be one: the SDK walks through what an output holds, and a resource leads it to all others. */
function together(own: pulumi.Resource[], more: Dependencies): Dependencies {
  const join = (others: unknown) => [own, others ?? []].flat() as pulumi.Resource[];
  return isEventual(more) ? pulumi.output(more as Promise<pulumi.Resource[]>).apply(join) : join(more);
}
