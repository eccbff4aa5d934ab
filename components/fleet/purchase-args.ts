import type * as pulumi from "@pulumi/pulumi";
import type { ArgsSpec } from "../validation/args-spec";
import { duplicateIssue, omittedIssue } from "../validation/find-issues";
import { INSTANCE_TYPE } from "../validation/instance-types";
import type { ValidationIssue } from "../validation/validation-issue";

/** The instance types of a color, and the share of spot instances. */
export interface PurchaseArgs {
  /**
   * The instance types from which Auto Scaling chooses, in order of preference, 1-40, in place of `instanceType`. All
   * have the same processor architecture.
   *
   * A change replaces the instances.
   *
   * @default only `instanceType`
   */
  instanceTypes?: pulumi.Input<string>[];
  /**
   * The share of spot instances in percent, 0-100, of the instances beyond `onDemandInstances`.
   *
   * Spot instances are cheaper, and AWS ends them with a notice of two minutes. Auto Scaling then starts replacements
   * before they end (capacity rebalancing). A change applies to instances that start later.
   *
   * @default 0
   */
  spotPercent?: number;
  /**
   * The number of instances that are always on demand, 0-1000. Only with `spotPercent`.
   *
   * @default 0
   */
  onDemandInstances?: number;
}

/** @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LaunchTemplate.html */
const MAX_TYPES = 40;

export const purchaseSpec = {
  instanceTypes: {
    kind: "list",
    items: { kind: "string", format: INSTANCE_TYPE, input: true },
    requirement: {
      allowed: `1 to ${MAX_TYPES} instance types`,
      holds: ({ length }) => length >= 1 && length <= MAX_TYPES,
    },
    check: (types, key) => [duplicateIssue(key, types)],
    whenOmitted: "only `instanceType`",
  },
  spotPercent: { kind: "integer", min: 0, max: 100, default: 0 },
  onDemandInstances: { kind: "integer", min: 0, max: 1000, default: 0 },
} as const satisfies ArgsSpec<PurchaseArgs>;

export function purchaseIssues(
  args: PurchaseArgs & { readonly instanceType?: unknown },
): (ValidationIssue | undefined)[] {
  return [
    args.instanceTypes === undefined
      ? undefined
      : omittedIssue("instanceType", args.instanceType, "with instanceTypes"),
    args.spotPercent
      ? undefined
      : omittedIssue("onDemandInstances", args.onDemandInstances, "without spotPercent"),
  ];
}

/** True for a group that names its instance types itself, besides its launch template. */
export function isMixed({ instanceTypes, spotPercent }: PurchaseArgs): boolean {
  return instanceTypes !== undefined || Boolean(spotPercent);
}
