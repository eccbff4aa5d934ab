import type * as pulumi from "@pulumi/pulumi";
import { type TaggedArgs, tagsSpec, tierTagsIssue } from "../tags/tagged-args";
import type { ArgsSpec, ComponentSpec, Format, Requirement } from "../validation/args-spec";
import { requirementIssue } from "../validation/find-issues";
import {
  IMAGE_ID,
  INSTANCE_PROFILE_ARN,
  KMS_KEY_ARN,
  NOT_EMPTY,
  SECURITY_GROUP_ID,
  securityGroupList,
  subnetList,
  TAG_VALUE,
  TARGET_GROUP_ARN,
} from "../validation/formats";
import { IAM_POLICY } from "../validation/iam-policy";
import { Architecture, architectureOf, INSTANCE_TYPE } from "../validation/instance-types";
import { FLEET_COLOR_NAME } from "../validation/names";
import { isPlaceholder, isUnknown } from "../validation/unknown";
import type { ValidationIssue } from "../validation/validation-issue";
import { COLORS, type Color } from "./color";
import { type ColorWeights, weightsSpec } from "./color-weights";
import { type PurchaseArgs, purchaseIssues, purchaseSpec } from "./purchase-args";
import { type ScalingArgs, scalingIssues, scalingSpec } from "./scaling-args";
import { DRAIN_SECONDS } from "./target-group-args";
import { userDataIssue } from "./user-data-format";

/** The target groups of the two colors, which must be different. */
export interface ColorTargetGroupArns {
  /** Blue's target group. */
  blue: pulumi.Input<string>;
  /** Green's target group. */
  green: pulumi.Input<string>;
}

/** The fleet of a color: a `BlueGreenFleet`, or its outputs of the same names. */
export interface FleetArgs {
  /** The target group of each color. */
  targetGroupArns: ColorTargetGroupArns;
  /** The security group of the instances. */
  securityGroupId: pulumi.Input<string>;
  /**
   * All security groups of the instances, 1-5.
   *
   * @default `securityGroupId`
   */
  securityGroupIds?: pulumi.Input<pulumi.Input<string>[]>;
  /** The instance profile of the instances. */
  instanceProfileArn: pulumi.Input<string>;
  /**
   * The name of the instances' IAM role. Required for a color with `instancePolicy`.
   *
   * @default none
   */
  roleName?: pulumi.Input<string>;
  /**
   * The name of the tier, for tags. A change replaces the instances.
   *
   * @default none
   */
  tier?: pulumi.Input<string>;
  /**
   * The deregistration delay of the target groups in seconds, 0-3600.
   *
   * @default 300
   */
  drainSeconds?: number;
  /**
   * The URN of the fleet, only for a stack that was deployed with version 0.1.0: the color takes over the Auto Scaling
   * group that belonged to the fleet in that version.
   *
   * @default none
   */
  urn?: pulumi.Input<string>;
}

export interface FleetColorArgs extends TaggedArgs, PurchaseArgs, ScalingArgs {
  /** The fleet: a `BlueGreenFleet`, or its outputs. */
  fleet: FleetArgs;
  /** The color: `blue` or `green`. */
  color: Color;
  /** The version of the software, for tags; 1-256 characters. */
  version: string;
  /**
   * The user data of the instances as text, at most 16384 bytes; empty for an image that needs none.
   *
   * It begins with `#!` or `#cloud-config`, or with another beginning that cloud-init knows. With `imageId` it may also be
   * in the format of Windows, Bottlerocket or Ignition.
   *
   * A change replaces the Auto Scaling group: new instances are healthy before the old ones are terminated. With
   * `deployed` it changes nothing.
   */
  userData: pulumi.Input<string>;
  /**
   * The private subnets of the instances, one or more. With two in different zones, the tier survives the failure of
   * a zone.
   */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * True if the color already runs this version: its launch template and its instance policy stay as they were
   * deployed, and changed args apply to the next version.
   *
   * Derive the value from the outputs of the last update. After a deployment that failed, it must be false.
   *
   * @default false
   */
  deployed?: boolean;
  /**
   * Scales the color in to 0 instances and keeps its launch template. It requires `weights`.
   *
   * @default false
   */
  retired?: boolean;
  /**
   * The output `weights` of the `ProductionRule`. A color that receives traffic cannot be retired, and a retired color
   * is scaled in only when the rule has these weights.
   *
   * @default none, only for a color that is not retired
   */
  weights?: pulumi.Input<ColorWeights>;
  /**
   * The permissions of this version, as an IAM policy in JSON. It becomes an inline policy of the fleet's role, so it
   * applies to the instances of the other color, too.
   *
   * @default none, the permissions of the fleet
   */
  instancePolicy?: pulumi.Input<string>;
  /**
   * The EC2 instance type. Its processor architecture must be that of the image.
   *
   * A change replaces the instances.
   *
   * @default `t4g.small`, or `t3.small` if `architecture` is `x86_64`
   */
  instanceType?: pulumi.Input<string>;
  /**
   * The processor architecture: `arm64` or `x86_64`. An instance type of another one is rejected.
   *
   * Give it with your own image, whose architecture is not known before an instance starts.
   *
   * @default that of `instanceType`, or `arm64` if the type is unknown until apply
   */
  architecture?: Architecture;
  /**
   * The id of the image, or `resolve:ssm:` and the name of a public parameter, which is resolved when an instance
   * starts.
   *
   * A change replaces the instances.
   *
   * @default the newest Amazon Linux 2023 for the architecture
   */
  imageId?: pulumi.Input<string>;
  /**
   * The size of the root disk in GiB, 1-65536, and at least the size of the image, which is 8 for the default one.
   *
   * The disk is always encrypted. A change replaces the instances.
   *
   * @default 8
   */
  diskGib?: number;
  /**
   * The name of the image's root device, e.g. `/dev/sda1` for Ubuntu. With a wrong name, instances have a second disk.
   *
   * A change replaces the instances.
   *
   * @default `/dev/xvda`, as in Amazon Linux
   */
  rootDeviceName?: string;
  /**
   * The ARN of the KMS key that encrypts the disk. Its policy must let the service-linked role of Auto Scaling use the
   * key, or no instance starts.
   *
   * A change replaces the instances.
   *
   * @default the account's default key for EBS
   * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
   */
  diskKmsKeyArn?: pulumi.Input<string>;
  /**
   * The maximum age of an instance in days, 1-365. Older instances are replaced one after the other.
   *
   * @default no maximum
   */
  maxInstanceAgeDays?: number;
  /**
   * The minimum of instances while the color is not retired, 1-1000.
   *
   * @default 2
   */
  minInstances?: number;
  /**
   * The maximum of instances, from `minInstances` to 1000.
   *
   * @default three times `minInstances`, at most 1000
   */
  maxInstances?: number;
  /**
   * The maximum time in seconds from the launch of an instance until it is healthy, 1-1800.
   *
   * During this time an unhealthy instance is not replaced, and a new instance does not count as the replacement of
   * another one. Set `startupSeconds` of `ReleaseAlarms` too if the value is above 300.
   *
   * @default 300 for the health check, 180 for the replacement
   */
  startupSeconds?: number;
  /**
   * The maximum time in minutes that a new Auto Scaling group waits for `minInstances` healthy instances, 1-60.
   *
   * @default 10, or twice `startupSeconds` if that is more
   */
  capacityTimeoutMinutes?: number;
}

/**
 * The quota of targets in one target group.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
 */
export const MAX_INSTANCES = 1000;
const INSTANCES = { kind: "integer", min: 1, max: MAX_INSTANCES } as const;

/** @see https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html */
const MAX_DISK_GIB = 65_536;
const DEFAULT_IMAGE_GIB = 8;

const ROOT_DEVICE: Format = {
  pattern: /^\/dev\/(sd[a-z]\d*|xvd[a-z]{1,2})$/,
  allowed: "the name of a root device, such as /dev/xvda or /dev/sda1",
};

/** @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html */
const VERSION_TAG = { pattern: /^(?=.*\S).{1,256}$/su, allowed: "1 to 256 characters" };

const TARGET_GROUP = { kind: "string", format: TARGET_GROUP_ARN, required: true, input: true } as const;

export const targetGroupsSpec = {
  kind: "object",
  args: { blue: TARGET_GROUP, green: TARGET_GROUP } satisfies ArgsSpec<ColorTargetGroupArns>,
  required: true,
} as const;

const fleetOutputsSpec = {
  targetGroupArns: targetGroupsSpec,
  securityGroupId: { kind: "string", format: SECURITY_GROUP_ID, required: true, input: true },
  securityGroupIds: securityGroupList("`securityGroupId`"),
  instanceProfileArn: { kind: "string", format: INSTANCE_PROFILE_ARN, required: true, input: true },
  roleName: { kind: "string", format: NOT_EMPTY, whenOmitted: "none", input: true },
  tier: { kind: "string", format: TAG_VALUE, whenOmitted: "none", input: true },
  drainSeconds: { ...DRAIN_SECONDS, default: 300 },
  urn: { kind: "string", whenOmitted: "none", input: true },
} as const satisfies ArgsSpec<FleetArgs>;

const ADDED_TAGS = ["Name", "changeover:color", "changeover:stack", "changeover:version"];

export const fleetColorSpec = {
  name: FLEET_COLOR_NAME,
  args: {
    fleet: { kind: "object", component: "BlueGreenFleet", args: fleetOutputsSpec, required: true },
    color: { kind: "enum", values: COLORS, required: true },
    version: { kind: "string", format: VERSION_TAG, required: true },
    userData: { kind: "string", required: true, input: true },
    subnetIds: { ...subnetList(1), required: true },
    deployed: { kind: "boolean", default: false },
    retired: { kind: "boolean", default: false },
    weights: {
      kind: "object",
      args: weightsSpec.args,
      whenOmitted: "none, only for a color that is not retired",
      input: true,
    },
    instancePolicy: {
      kind: "string",
      format: IAM_POLICY,
      secret: true,
      whenOmitted: "none, the permissions of the fleet",
      input: true,
    },
    instanceType: {
      kind: "string",
      format: INSTANCE_TYPE,
      whenOmitted: "`t4g.small`, or `t3.small` if `architecture` is `x86_64`",
      input: true,
    },
    architecture: {
      kind: "enum",
      values: Object.values(Architecture),
      whenOmitted: "that of `instanceType`, or `arm64` if the type is unknown until apply",
    },
    imageId: {
      kind: "string",
      format: IMAGE_ID,
      whenOmitted: "the newest Amazon Linux 2023 for the architecture",
      input: true,
    },
    diskGib: { kind: "integer", min: 1, max: MAX_DISK_GIB, default: DEFAULT_IMAGE_GIB },
    rootDeviceName: {
      kind: "string",
      format: ROOT_DEVICE,
      whenOmitted: "`/dev/xvda`, as in Amazon Linux",
    },
    diskKmsKeyArn: {
      kind: "string",
      format: KMS_KEY_ARN,
      whenOmitted: "the account's default key for EBS",
      input: true,
    },
    maxInstanceAgeDays: { kind: "integer", min: 1, max: 365, whenOmitted: "no maximum" },
    minInstances: { ...INSTANCES, default: 2 },
    maxInstances: { ...INSTANCES, whenOmitted: "three times `minInstances`, at most 1000" },
    ...purchaseSpec,
    ...scalingSpec,
    startupSeconds: {
      kind: "integer",
      min: 1,
      max: 1800,
      whenOmitted: "300 for the health check, 180 for the replacement",
    },
    capacityTimeoutMinutes: {
      kind: "integer",
      min: 1,
      max: 60,
      whenOmitted: "10, or twice `startupSeconds` if that is more",
    },
    tags: tagsSpec(ADDED_TAGS),
  },
  checks: [
    {
      reads: ["userData", "imageId"],
      check: ({ userData, imageId }) =>
        typeof userData !== "string" || isPlaceholder(userData)
          ? []
          : [userDataIssue(userData, imageId !== undefined)],
    },
    {
      reads: ["imageId", "diskGib"],
      check: ({ imageId, diskGib }) =>
        imageId === undefined ? [requirementIssue("diskGib", diskGib, defaultImageDisk)] : [],
    },
    {
      reads: ["instanceType", "instanceTypes", "architecture", "imageId"],
      check: (args) => typesOf(args).map(({ key, type }) => architectureIssue(args, key, type)),
    },
    {
      reads: ["instanceType", "instanceTypes", "spotPercent", "onDemandInstances"],
      check: (args) => purchaseIssues(args),
    },
    {
      reads: ["scaling", "targetCpuPercent", "scalingSteps"],
      check: (args) => scalingIssues(args),
    },
    {
      reads: ["minInstances", "maxInstances"],
      check: ({ minInstances = 2, maxInstances }) => [
        requirementIssue("maxInstances", maxInstances, {
          allowed: `${minInstances} (minInstances) or more`,
          holds: (max: number) => max >= minInstances,
          remedy: "Raise maxInstances or lower minInstances.",
        }),
      ],
    },
    {
      reads: ["color", "retired", "weights"],
      check: ({ color, retired, weights }) => [retired ? retirementIssue(color, weights) : undefined],
    },
    {
      reads: ["fleet", "instancePolicy"],
      check: ({ fleet, instancePolicy }) => [
        instancePolicy !== undefined && fleet.roleName === undefined
          ? {
              key: "fleet.roleName",
              allowed: "the name of the fleet's role, because instancePolicy is given",
              got: undefined,
              remedy: "Give the output `roleName` of the fleet.",
            }
          : undefined,
      ],
    },
    {
      reads: ["fleet", "tags"],
      check: ({ fleet, tags }) => [tierTagsIssue(tags, fleet.tier, ADDED_TAGS)],
    },
  ],
} as const satisfies ComponentSpec<FleetColorArgs>;

/** Weights that are unknown in a preview are checked during the update. */
export function retirementIssue(
  color: Color,
  weights: FleetColorArgs["weights"],
): ValidationIssue | undefined {
  if (weights === undefined) {
    return {
      key: "weights",
      allowed: "the output `weights` of the production rule, because the color is retired",
      got: undefined,
      remedy: "Give it, so that a color with traffic keeps its instances.",
    };
  }
  if (isUnknown(weights) || isUnknown((weights as ColorWeights)[color])) return undefined;
  const weight = (weights as ColorWeights)[color];
  if (weight === 0) return undefined;
  const remedy = "Shift the traffic to the other color first, or do not retire this one.";
  return { key: `weights.${color}`, allowed: `0 for the retired color ${color}`, got: weight, remedy };
}

const defaultImageDisk: Requirement<number> = {
  allowed: `an integer from ${DEFAULT_IMAGE_GIB} (the size of the default image) to ${MAX_DISK_GIB}`,
  holds: (diskGib) => diskGib >= DEFAULT_IMAGE_GIB,
};

type ImageArgs = Pick<FleetColorArgs, "architecture" | "imageId" | "instanceType" | "instanceTypes">;

function typesOf({ instanceType, instanceTypes }: ImageArgs) {
  if (instanceTypes !== undefined)
    return instanceTypes.map((type, index) => ({ key: `instanceTypes[${index}]`, type }));
  return instanceType === undefined ? [] : [{ key: "instanceType", type: instanceType }];
}

/** The architecture that the args name, first by `architecture`, then by the image's name and by the instance type. */
export function chosenArchitecture(args: ImageArgs): Architecture | undefined {
  const { architecture, imageId } = args;
  if (architecture !== undefined) return architecture;
  const named = typeof imageId === "string" ? /arm64|x86_64/.exec(imageId)?.[0] : undefined;
  if (named !== undefined) return named as Architecture;
  const [first] = typesOf(args);
  return typeof first?.type === "string" && !isPlaceholder(first.type)
    ? architectureOf(first.type)
    : Architecture.Arm64;
}

function architectureIssue(
  args: ImageArgs,
  key: string,
  type: pulumi.Input<string>,
): ValidationIssue | undefined {
  if (typeof type !== "string" || isPlaceholder(type)) return undefined;
  const wanted = chosenArchitecture(args);
  if (wanted === undefined && args.imageId !== undefined) return undefined;
  if (wanted !== undefined && architectureOf(type) === wanted) return undefined;
  return {
    key,
    allowed:
      wanted === undefined
        ? "a type on which Amazon Linux runs, without imageId"
        : `an instance type with an ${wanted} processor, as the image needs`,
    got: type,
    remedy: "Give another type, or another image.",
  };
}
