import type * as pulumi from "@pulumi/pulumi";
import {
  conditionLimitIssue,
  type RequestConditionArgs,
  requestConditionsSpec,
} from "../load-balancer/request-conditions";
import { type TaggedArgs, tagsSpec, tierTagsIssue } from "../tags/tagged-args";
import type { ComponentSpec, CrossCheck, Format } from "../validation/args-spec";
import { omittedIssue, requirementIssue } from "../validation/find-issues";
import { TAG_VALUE } from "../validation/formats";
import { FLEET_NAME } from "../validation/names";
import { partitionIssue } from "../validation/region";
import type { WithDefaults } from "../validation/validate-args";
import { type FleetConnectionArgs, fleetConnectionSpec } from "./fleet-connection-args";
import { type InstanceAccessArgs, instanceAccessIssues, instanceAccessSpec } from "./instance-access-args";
import { matcherOf, slowStart, type TargetGroupArgs, targetGroupSpec } from "./target-group-args";

export interface BlueGreenFleetArgs
  extends TaggedArgs,
    RequestConditionArgs,
    FleetConnectionArgs,
    TargetGroupArgs,
    InstanceAccessArgs {
  /**
   * The name of the service, 1-64 letters, digits and hyphens. The test rules then require it in the header
   * `x-changeover-service`, so that fleets can share a listener: each needs a name of its own.
   *
   * Callers of a color, such as instances of another tier, must send the header as well. Without a name, the fleet must be
   * the only one on its listener, unless `hosts` exclude the others. Names must also differ from those of other programs.
   *
   * @default none, the test rules name no service
   */
  service?: string;
  /**
   * The name of the tier, for tags and alarms, e.g. `web`. A change replaces the instances of both colors.
   *
   * @default none
   */
  tier?: pulumi.Input<string>;
}

/** A value of a header condition, without wildcards. */
export const SERVICE_NAME: Format = {
  pattern: /^[a-z0-9-]{1,64}$/i,
  allowed: "1 to 64 letters, digits and hyphens",
};

const ADDED_TAGS = ["Name", "changeover:color"];

/** The checks that a service has too. */
export const fleetChecks: readonly CrossCheck<FleetConnectionArgs & TargetGroupArgs & InstanceAccessArgs>[] =
  [
    {
      reads: ["protocolVersion", "healthCheckMatcher", "slowStartSeconds"],
      check: ({ protocolVersion, healthCheckMatcher, slowStartSeconds }) => [
        requirementIssue("healthCheckMatcher", healthCheckMatcher, matcherOf(protocolVersion)),
        requirementIssue("slowStartSeconds", slowStartSeconds, slowStart),
      ],
    },
    {
      reads: ["securityGroupIds", "egressPorts", "allowLoadBalancerEgress"],
      check: ({ securityGroupIds, egressPorts, allowLoadBalancerEgress }) =>
        securityGroupIds === undefined
          ? []
          : [
              omittedIssue("egressPorts", egressPorts, "with securityGroupIds (their rules are yours)"),
              omittedIssue(
                "allowLoadBalancerEgress",
                allowLoadBalancerEgress,
                "with securityGroupIds (their rules are yours)",
              ),
            ],
    },
    {
      reads: ["listenerArn", "permissionsBoundaryArn", "managedPolicyArns", "instanceProfileArn"],
      check: ({ listenerArn, permissionsBoundaryArn, managedPolicyArns = [], instanceProfileArn }) => [
        partitionIssue("permissionsBoundaryArn", permissionsBoundaryArn, listenerArn),
        partitionIssue("instanceProfileArn", instanceProfileArn, listenerArn),
        ...managedPolicyArns.map((arn, index) =>
          partitionIssue(`managedPolicyArns[${index}]`, arn, listenerArn),
        ),
      ],
    },
  ];

export const fleetSpec = {
  name: FLEET_NAME,
  args: {
    tier: { kind: "string", format: TAG_VALUE, whenOmitted: "none", input: true },
    service: { kind: "string", format: SERVICE_NAME, whenOmitted: "none, the test rules name no service" },
    ...requestConditionsSpec,
    ...fleetConnectionSpec,
    ...targetGroupSpec,
    ...instanceAccessSpec,
    tags: tagsSpec(ADDED_TAGS),
  },
  checks: [
    {
      reads: ["hosts", "paths", "headers", "service"],
      check: (args) => [conditionLimitIssue(args, ownValueCount(args))],
    },
    ...fleetChecks,
    {
      reads: Object.keys(instanceAccessSpec) as (keyof InstanceAccessArgs)[],
      check: (args) => instanceAccessIssues(args),
    },
    {
      reads: ["tags"],
      check: ({ tags, tier }) => [tierTagsIssue(tags, tier, ADDED_TAGS)],
    },
  ],
} as const satisfies ComponentSpec<BlueGreenFleetArgs>;

/** Values of the test rules for the color, the token and the service. */
function ownValueCount({ colorToken, service }: BlueGreenFleetArgs): number {
  return [true, colorToken !== undefined, service !== undefined].filter(Boolean).length;
}

export type FleetSettings = WithDefaults<BlueGreenFleetArgs, typeof fleetSpec>;
