import type * as pulumi from "@pulumi/pulumi";
import type { Color } from "./color";

/** The target group of each color: two different ones. */
export interface ColorTargetGroupArns {
  /** Blue's target group. */
  blue: pulumi.Input<string>;
  /** Green's target group. */
  green: pulumi.Input<string>;
}

/** The fleet that a color belongs to: a `BlueGreenFleet`, or its outputs of the same names. */
export interface FleetArgs {
  /** The target group of each color. */
  targetGroupArns: ColorTargetGroupArns;
  /** The security group of the instances. */
  securityGroupId: pulumi.Input<string>;
  /** The instance profile of the instances. */
  instanceProfileArn: pulumi.Input<string>;
  /** The tier's name for tags. A change replaces the color's instances. Default: none. */
  tier?: pulumi.Input<string>;
  /** The deregistration delay of the target groups, in seconds, 0-3600. Default: 300. */
  drainSeconds?: number;
  /**
   * The fleet's URN. Only a stack that was deployed with version 0.1.0 needs it: the color takes over the Auto Scaling
   * group that belonged to the fleet then. Default: none.
   */
  urn?: pulumi.Input<string>;
}

export interface FleetColorArgs {
  /** The fleet: a `BlueGreenFleet`, or its outputs. */
  fleet: FleetArgs;
  /** The color, one of the fleet's two. */
  color: Color;
  /** The version of the software, for tags: 1 to 256 characters. */
  version: string;
  /**
   * The instances' user data, as text of at most 16384 bytes; empty for an image that needs none. A change replaces the
   * Auto Scaling group: new instances first, then the old ones are terminated.
   */
  userData: pulumi.Input<string>;
  /** Subnets of the instances: private ones. One is enough for AWS; two, in different zones, survive a zone's failure. */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** Scales the color in to 0 instances and keeps its launch template. Default: false. */
  retired?: boolean;
  /**
   * An EC2 instance type with the image's processor architecture; the default image needs arm64, such as `m7g.large`. A
   * change replaces the instances. Default: `t4g.small`.
   */
  instanceType?: pulumi.Input<string>;
  /**
   * The image, or `resolve:ssm:` and the name of a public parameter, resolved when an instance starts. Its root device
   * is `/dev/xvda`, as in Amazon Linux. A change replaces the instances.
   * Default: the newest Amazon Linux 2023 for arm64.
   */
  imageId?: pulumi.Input<string>;
  /**
   * The size of the root disk, in GiB, 1-65536 and no less than the image's, which is 8 for the default one. It is always
   * encrypted. A change replaces the instances. Default: 8.
   */
  diskGib?: number;
  /** The fewest instances while the color is not retired, 1-1000. Default: 2. */
  minInstances?: number;
  /**
   * The most instances, at least `minInstances`, at most 1000. Default: three times `minInstances`, or 1000 where that is
   * less.
   */
  maxInstances?: number;
  /** Instances are added and removed to keep the average CPU near this, in percent, 1-100. Default: 50. */
  targetCpuPercent?: number;
  /**
   * The longest time from an instance's launch until it is healthy, in seconds, 1-1800. Until then it is neither replaced
   * for being unhealthy nor counted as a replacement of another one. Give it to `ReleaseAlarms`, too, when it is more than
   * 300. Default: 300 for the first, 180 for the second.
   */
  startupSeconds?: number;
  /**
   * The longest wait for `minInstances` healthy instances when the group is created, in minutes, 1-60. An instance that
   * takes longer than `startupSeconds` is replaced regardless. Default: 10, or twice `startupSeconds` where that is more.
   */
  capacityTimeoutMinutes?: number;
  /**
   * Tags beside the component's own, which they replace where the key is the same; at most 46, without a tier 47. A key
   * has 1-128 characters and does not begin with `aws:`, a value up to 256: letters, digits, spaces and `_.:/=+-@`. A
   * change replaces the instances. Default: none.
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}
