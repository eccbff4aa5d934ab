import type * as pulumi from "@pulumi/pulumi";
import type { ArgsSpec, CrossCheck, Format, Requirement } from "../validation/args-spec";
import { requirementIssue } from "../validation/find-issues";
import { IMAGE_ID, KMS_KEY_ARN } from "../validation/formats";
import { Architecture, architectureOf, INSTANCE_TYPE } from "../validation/instance-types";
import { isPlaceholder } from "../validation/unknown";
import type { ValidationIssue } from "../validation/validation-issue";
import { type PurchaseArgs, purchaseIssues, purchaseSpec } from "./purchase-args";
import { type ScalingArgs, scalingIssues, scalingSpec } from "./scaling-args";

/** The instances of a color: their image, type, disk and number. */
export interface InstanceArgs extends PurchaseArgs, ScalingArgs {
  /**
   * The EC2 instance type. Its processor architecture and the image's must be the same.
   *
   * A change replaces the instances.
   *
   * @default `t4g.small`, or `t3.small` if `architecture` is `x86_64`
   */
  instanceType?: pulumi.Input<string>;
  /**
   * The processor architecture: `arm64` or `x86_64`. Instance types with another processor are rejected.
   *
   * Give it with your own image, whose architecture is not known before an instance starts.
   *
   * @default the architecture of `instanceType`, or `arm64` if the type is unknown until apply
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
   * During this time an unhealthy instance is not replaced, and a new instance does not count as a replacement. Set
   * `startupSeconds` of `ReleaseAlarms` too if the value is above 300.
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

export const instanceSpec = {
  instanceType: {
    kind: "string",
    format: INSTANCE_TYPE,
    whenOmitted: "`t4g.small`, or `t3.small` if `architecture` is `x86_64`",
    input: true,
  },
  architecture: {
    kind: "enum",
    values: Object.values(Architecture),
    whenOmitted: "the architecture of `instanceType`, or `arm64` if the type is unknown until apply",
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
} as const satisfies ArgsSpec<InstanceArgs>;

export const instanceChecks: readonly CrossCheck<InstanceArgs>[] = [
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
    reads: ["minInstances", "maxInstances", "schedules", "onDemandInstances"],
    check: ({ minInstances = 2, maxInstances, schedules = [], onDemandInstances }) => {
      const max = maxInstances ?? Math.min(3 * minInstances, MAX_INSTANCES);
      const upToMax: Requirement<number> = {
        allowed: `at most ${max} (maxInstances)`,
        holds: (count) => count <= max,
        remedy: "Lower it, or raise maxInstances.",
      };
      return [
        requirementIssue("onDemandInstances", onDemandInstances, upToMax),
        ...schedules.map((schedule, index) =>
          schedule.maxInstances === undefined
            ? requirementIssue(`schedules[${index}].minInstances`, schedule.minInstances, upToMax)
            : undefined,
        ),
      ];
    },
  },
  {
    reads: ["startupSeconds", "capacityTimeoutMinutes"],
    check: ({ startupSeconds = 0, capacityTimeoutMinutes }) => [
      requirementIssue("capacityTimeoutMinutes", capacityTimeoutMinutes, {
        allowed: `at least startupSeconds (${startupSeconds}), in minutes`,
        holds: (minutes: number) => minutes * 60 >= startupSeconds,
        remedy: "Raise it, or leave it out.",
      }),
    ],
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
];

const defaultImageDisk: Requirement<number> = {
  allowed: `an integer from ${DEFAULT_IMAGE_GIB} (the size of the default image) to ${MAX_DISK_GIB}`,
  holds: (diskGib) => diskGib >= DEFAULT_IMAGE_GIB,
};

type ImageArgs = Pick<InstanceArgs, "architecture" | "imageId" | "instanceType" | "instanceTypes">;

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
