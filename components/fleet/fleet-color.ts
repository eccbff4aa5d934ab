import { createHash } from "node:crypto";
import * as autoscaling from "@pulumi/aws/autoscaling";
import * as ec2 from "@pulumi/aws/ec2";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { withDefaultTags } from "../tags/default-tags";
import { stackTag, tagList, withOwnTags, withTags } from "../tags/resource-tags";
import { Architecture } from "../validation/instance-types";
import { outputTextIssue } from "../validation/output-text";
import { throwIssues, validateArgs, type WithDefaults } from "../validation/validate-args";
import { type FleetArgs, type FleetColorArgs, fleetColorSpec, retirementIssue } from "./fleet-color-args";
import { chosenArchitecture, MAX_INSTANCES } from "./instance-args";
import { isMixed } from "./purchase-args";
import { createScaling } from "./scaling";
import { userDataIssue } from "./user-data-format";

type FleetColorSettings = WithDefaults<FleetColorArgs, typeof fleetColorSpec>;

const AMAZON_LINUX_2023 = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-";
const DEFAULT_TYPE: Readonly<Record<Architecture, string>> = { arm64: "t4g.small", x86_64: "t3.small" };

/** The part of a mixed group that names its launch template and its instance types. */
const MIXED_TEMPLATE = "mixedInstancesPolicy.launchTemplate";

/** The time in seconds from the launch of an instance until it counts as a replacement. */
const DEFAULT_WARMUP_SECONDS = 180;

/** Args whose values stay until the next deployment. */
const DEPLOYED_ARGS = [
  "userData",
  "instancePolicy",
  "instanceType",
  "instanceTypes",
  "spotPercent",
  "onDemandInstances",
  "architecture",
  "imageId",
  "diskGib",
  "rootDeviceName",
  "diskKmsKeyArn",
  "tags",
];

/**
 * The instances of one color of a fleet: launch template, Auto Scaling group, scaling policy.
 *
 * Use `dependsOn` to order a release: the instances are created after the resources that it lists, e.g. the expand
 * migrations or, for a color without traffic, the production rule. A resource that depends on this component waits
 * until the instances exist.
 *
 * A change of `version`, `userData`, the image, the instance types, the disk or `tags` replaces the group. The new group
 * starts with `minInstances`, even if autoscaling had added more, and the old group is deleted when the new instances
 * are healthy. So give `immutable: true`, or `deployed: true` for a version that the color already runs: its instances then
 * stay as they were deployed. Deploy another image or instance type like another version, to a color without traffic.
 *
 * ```ts
 * new FleetColor("web-blue", { fleet: web, color: "blue", version: "1.0.0", userData, subnetIds }, { dependsOn: [expand] });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args.
 */
export class FleetColor extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = fleetColorSpec;

  /** The Auto Scaling group's name. */
  public readonly autoScalingGroupName: pulumi.Output<string>;

  constructor(name: string, args: FleetColorArgs, opts?: pulumi.ComponentResourceOptions) {
    const settings = validateArgs(FleetColor, name, args, opts);
    const isFixed = areInstancesFixed(settings);
    // Left out of the component's inputs, so that a flip does not change the component.
    const { fleet, deployed: _, weights: __, ...own } = args;
    const ignoreChanges = [...(opts?.ignoreChanges ?? []), ...(isFixed ? DEPLOYED_ARGS : [])];
    super("changeover:index:FleetColor", name, own, { ...opts, ignoreChanges });
    const childOptions = { parent: this, aliases: formerChild(fleet, args.color) };
    const waitingOptions = { ...childOptions, dependsOn: opts?.dependsOn };
    const tags = withTags(args.tags, { name, tier: fleet.tier, color: args.color, version: args.version });
    const launchTags = withDefaultTags(tags, this);
    const template = createTemplate(name, settings, tags, launchTags, waitingOptions);
    const groupName = settings.immutable ? deploymentName(name, settings) : name;
    const group = new autoscaling.Group(groupName, groupArgs(settings, template, tags), {
      ...waitingOptions,
      // An update in place would not wait for new instances, and would leave instances of the old version running.
      replaceOnChanges: isMixed(settings) ? ["launchTemplate", MIXED_TEMPLATE] : ["launchTemplate"],
      ignoreChanges: isFixed ? ["launchTemplate", "mixedInstancesPolicy"] : [],
      // A deletion waits until the last instance has drained, which can exceed the provider's default limit of 10
      // minutes.
      customTimeouts: { delete: `${10 + Math.ceil((fleet.drainSeconds ?? 300) / 60)}m` },
    });
    if (!settings.retired) {
      const warmupSeconds = settings.startupSeconds ?? DEFAULT_WARMUP_SECONDS;
      createScaling(name, group.name, { ...settings, warmupSeconds }, childOptions);
    }
    this.autoScalingGroupName = group.name;
    this.registerOutputs({ autoScalingGroupName: this.autoScalingGroupName });
  }
}

type Tags = ReturnType<typeof withTags>;

function areInstancesFixed({ deployed, immutable }: FleetColorSettings): boolean {
  return deployed || immutable;
}

/**
 * The launch template of a version, and its permissions. With `deployed` or `immutable`, none of their inputs changes.
 *
 * Both are named after the version. If a deployment fails, the former launch template is still in the state, unchanged,
 * so the color can return to its former version.
 */
function createTemplate(
  name: string,
  settings: FleetColorSettings,
  tags: Tags,
  launchTags: Tags,
  opts: pulumi.CustomResourceOptions,
): ec2.LaunchTemplate {
  const { fleet, instancePolicy } = settings;
  const fixed = (inputs: object) =>
    areInstancesFixed(settings) ? { ignoreChanges: Object.keys(inputs) } : {};
  const ownName = deploymentName(name, settings);
  // Versions before 0.2.0 used the name of the color.
  const formerName = [{ name }, ...(Array.isArray(opts.aliases) ? opts.aliases : [])];
  let profileArn = pulumi.output(fleet.instanceProfileArn);
  if (instancePolicy !== undefined && fleet.roleName !== undefined) {
    const policy = { policy: instancePolicy };
    const { id } = new iam.RolePolicy(
      ownName,
      { role: fleet.roleName, ...policy },
      { parent: opts.parent, ...fixed(policy) },
    );
    // Instances start after they have their permissions.
    profileArn = pulumi.all([fleet.instanceProfileArn, id]).apply(([arn]) => arn);
  }
  const inputs = templateArgs(settings, profileArn, tags, launchTags);
  return new ec2.LaunchTemplate(ownName, inputs, { ...opts, aliases: formerName, ...fixed(inputs) });
}

function deploymentName(name: string, { version }: FleetColorSettings): string {
  return `${name}-${versionLabel(version)}`;
}

const MAX_LABEL_LENGTH = 32;

/** The version in the characters of an AWS name; different versions have different labels. */
function versionLabel(version: string): string {
  const label = version.replace(/[^A-Za-z0-9.-]/g, "-").slice(0, MAX_LABEL_LENGTH);
  if (label === version) return label;
  return `${label}-${createHash("sha256").update(version).digest("hex").slice(0, 8)}`;
}

function templateArgs(
  settings: FleetColorSettings,
  instanceProfileArn: pulumi.Output<string>,
  tags: Tags,
  launchTags: Tags,
): ec2.LaunchTemplateArgs {
  const { fleet, imageId, diskGib } = settings;
  const architecture = chosenArchitecture(settings) ?? Architecture.Arm64;
  return {
    imageId: imageId ?? AMAZON_LINUX_2023 + architecture,
    instanceType: settings.instanceTypes?.[0] ?? settings.instanceType ?? DEFAULT_TYPE[architecture],
    userData: encodedUserData(settings),
    updateDefaultVersion: true,
    vpcSecurityGroupIds: fleet.securityGroupIds ?? [fleet.securityGroupId],
    iamInstanceProfile: { arn: instanceProfileArn },
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
    monitoring: { enabled: true },
    blockDeviceMappings: [
      {
        deviceName: settings.rootDeviceName ?? "/dev/xvda",
        ebs: {
          kmsKeyId: settings.diskKmsKeyArn,
          volumeSize: diskGib,
          volumeType: "gp3",
          encrypted: "true",
          deleteOnTermination: "true",
        },
      },
    ],
    tagSpecifications: ["instance", "volume"].map((resourceType) => ({ resourceType, tags: launchTags })),
    tags,
  };
}

function encodedUserData({ userData, imageId, color }: FleetColorSettings): pulumi.Output<string> {
  return pulumi.output(userData).apply((text) => {
    const issue = outputTextIssue("userData", text) ?? userDataIssue(text, imageId !== undefined);
    if (issue !== undefined) throwIssues(`FleetColor of ${color}`, [issue]);
    return Buffer.from(text).toString("base64");
  });
}

function groupArgs(
  args: FleetColorSettings,
  template: ec2.LaunchTemplate,
  tags: Tags,
): autoscaling.GroupArgs {
  const { fleet, color, minInstances: min, maxInstances = Math.min(3 * min, MAX_INSTANCES) } = args;
  const startupSeconds = args.startupSeconds ?? 300;
  const waitMinutes = args.capacityTimeoutMinutes ?? Math.max(10, Math.ceil(startupSeconds / 30));
  // No desired capacity is given, so that an update keeps the number of instances that autoscaling chose. A retired
  // group needs 0: otherwise the provider would wait for the number in its state.
  const size = args.retired
    ? retiredSize(args)
    : // Only the creation of a group waits for healthy instances. After an update, the health gate checks them.
      { minSize: min, maxSize: maxInstances, minElbCapacity: min };
  return {
    // A version number instead of $Latest, so that a preview shows a changed launch template.
    ...launchArgs(args, { id: template.id, version: template.latestVersion.apply(String) }),
    vpcZoneIdentifiers: args.subnetIds,
    targetGroupArns: [fleet.targetGroupArns[color]],
    ...size,
    waitForCapacityTimeout: `${waitMinutes}m`,
    healthCheckType: "ELB",
    // A grace period shorter than boot and installation would let Auto Scaling terminate every instance before it is
    // healthy.
    healthCheckGracePeriod: startupSeconds,
    // While the database fails over, all instances report unhealthy. By default, Auto Scaling would then terminate
    // all of them before it launches new ones.
    instanceMaintenancePolicy: { minHealthyPercentage: 100, maxHealthyPercentage: 200 },
    // For Auto Scaling, an instance is in service from its launch. Only after this time does it count as a
    // replacement.
    defaultInstanceWarmup: args.startupSeconds ?? DEFAULT_WARMUP_SECONDS,
    maxInstanceLifetime: args.maxInstanceAgeDays === undefined ? undefined : args.maxInstanceAgeDays * 86_400,
    metricsGranularity: "1Minute",
    enabledMetrics: ["GroupDesiredCapacity", "GroupInServiceInstances"],
    // The functions of a release may scale only groups with this tag.
    tags: tagList(withOwnTags(tags, stackTag())),
  };
}

/** A mixed group names the launch template in its policy. */
function launchArgs(
  args: FleetColorSettings,
  { id, version }: { readonly id: pulumi.Output<string>; readonly version: pulumi.Output<string> },
): Partial<autoscaling.GroupArgs> {
  if (!isMixed(args)) return { launchTemplate: { id, version } };
  return {
    capacityRebalance: args.spotPercent > 0 ? true : undefined,
    mixedInstancesPolicy: {
      launchTemplate: {
        launchTemplateSpecification: { launchTemplateId: id, version },
        overrides: args.instanceTypes?.map((instanceType) => ({ instanceType })),
      },
      instancesDistribution: {
        onDemandAllocationStrategy: "prioritized",
        onDemandBaseCapacity: args.onDemandInstances,
        onDemandPercentageAboveBaseCapacity: 100 - args.spotPercent,
        spotAllocationStrategy: "price-capacity-optimized",
      },
    },
  };
}

/** 0 instances, unknown until the production rule has shifted the color's traffic away. */
function retiredSize({ color, weights }: FleetColorSettings) {
  const none = pulumi.output(weights).apply((known) => {
    const issue = retirementIssue(color, known);
    if (issue !== undefined) throwIssues(`FleetColor of ${color}`, [issue]);
    return 0;
  });
  return { minSize: none, maxSize: none, desiredCapacity: none };
}

/** In version 0.1.0 these resources were children of the fleet and named after it. */
function formerChild({ urn }: FleetArgs, color: string): pulumi.Input<pulumi.Alias>[] {
  if (urn === undefined) return [];
  return [pulumi.output(urn).apply((parent) => ({ parent, name: `${parent.split("::").at(-1)}-${color}` }))];
}
