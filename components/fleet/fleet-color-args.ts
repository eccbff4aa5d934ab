import type * as pulumi from "@pulumi/pulumi";
import { type TaggedArgs, tagsSpec, tierTagsIssue } from "../tags/tagged-args";
import type { ArgsSpec, ComponentSpec } from "../validation/args-spec";
import { distinctIssue, omittedIssue } from "../validation/find-issues";
import {
  INSTANCE_PROFILE_ARN,
  NOT_EMPTY,
  SECURITY_GROUP_ID,
  securityGroupList,
  subnetList,
  TAG_VALUE,
  TARGET_GROUP_ARN,
} from "../validation/formats";
import { IAM_POLICY } from "../validation/iam-policy";
import { FLEET_COLOR_NAME } from "../validation/names";
import { placeIssue } from "../validation/region";
import { isPlaceholder, isUnknown } from "../validation/unknown";
import type { ValidationIssue } from "../validation/validation-issue";
import { COLORS, type Color } from "./color";
import { type ColorWeights, weightsSpec } from "./color-weights";
import { type InstanceArgs, instanceChecks, instanceSpec } from "./instance-args";
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

export interface FleetColorArgs extends TaggedArgs, InstanceArgs {
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
   * Keeps the instances of a version as they were deployed, without `deployed`: the Auto Scaling group is named after the
   * version. Changed args apply to the next version, whose group starts before the former one is deleted.
   *
   * Choose it before the first deployment: a later change replaces the instances.
   *
   * @default false
   */
  immutable?: boolean;
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
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html */
const VERSION_TAG = { pattern: /^(?=.*\S)\P{Cc}{1,256}$/u, allowed: "1 to 256 characters on one line" };

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
    version: { kind: "string", complete: true, format: VERSION_TAG, required: true },
    userData: { kind: "string", required: true, input: true },
    subnetIds: { ...subnetList(1), required: true },
    deployed: { kind: "boolean", default: false },
    immutable: { kind: "boolean", default: false },
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
    ...instanceSpec,
    tags: tagsSpec(ADDED_TAGS),
  },
  checks: [
    ...instanceChecks,
    {
      reads: ["userData", "imageId"],
      check: ({ userData, imageId }) =>
        typeof userData !== "string" || isPlaceholder(userData)
          ? []
          : [userDataIssue(userData, imageId !== undefined)],
    },
    {
      reads: ["deployed", "immutable"],
      check: ({ deployed, immutable }) =>
        immutable ? [omittedIssue("deployed", deployed, "with immutable")] : [],
    },
    {
      reads: ["fleet", "diskKmsKeyArn"],
      check: ({ fleet: { targetGroupArns }, diskKmsKeyArn }) => [
        distinctIssue(
          "fleet.targetGroupArns.green",
          targetGroupArns.green,
          targetGroupArns.blue,
          "another target group than blue's",
        ),
        placeIssue("diskKmsKeyArn", diskKmsKeyArn, targetGroupArns.blue, { isOwn: false }),
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
