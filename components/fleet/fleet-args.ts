import type * as pulumi from "@pulumi/pulumi";
import {
  type RequestConditionArgs,
  requestConditionsSpec,
  valueCountIssue,
} from "../load-balancer/request-conditions";
import { testRulePriority } from "../load-balancer/rule-priorities";
import { type CallArgs, callsSpec, PORT } from "../network/call-args";
import { egressPortsSpec } from "../network/egress";
import { type TaggedArgs, tagsSpec, tierTagsIssue } from "../tags/tagged-args";
import type { ComponentSpec, Format } from "../validation/args-spec";
import { omittedIssue, requirementIssue } from "../validation/find-issues";
import { LISTENER_ARN, SECURITY_GROUP_ID, TAG_VALUE, VPC_ID } from "../validation/formats";
import { FLEET_NAME } from "../validation/names";
import type { WithDefaults } from "../validation/validate-args";
import { type InstanceAccessArgs, instanceAccessIssues, instanceAccessSpec } from "./instance-access-args";
import { matcherOf, slowStart, type TargetGroupArgs, targetGroupSpec } from "./target-group-args";

export interface BlueGreenFleetArgs
  extends TaggedArgs,
    RequestConditionArgs,
    TargetGroupArgs,
    InstanceAccessArgs {
  /**
   * The name of the service, 1-64 letters, digits and hyphens. The test rules then require it in the header
   * `x-changeover-service`, so that fleets can share a listener: each needs a name of its own.
   *
   * Callers of a color, such as instances of another tier, must send the header as well. Without a name, the fleet must be
   * the only one on its listener, unless `hosts` exclude the others.
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
  /** The VPC of the instances. */
  vpcId: pulumi.Input<string>;
  /** The listener of the load balancer. It gets a test rule for each color. */
  listenerArn: pulumi.Input<string>;
  /**
   * The security group of the load balancer, the only one that may connect to the instances. It is not used with
   * `securityGroupIds`.
   */
  loadBalancerSecurityGroupId: pulumi.Input<string>;
  /**
   * Adds an egress rule to the load balancer's security group. A `LoadBalancer` with `openEgress: false` needs it to reach
   * the instances.
   *
   * @default false
   */
  allowLoadBalancerEgress?: boolean;
  /**
   * The secret that a request must carry in the header `x-changeover-token` to reach the color that it selects.
   *
   * 1-128 printable characters without spaces, double quotes, backslashes, `*` and `?`. Required if the load balancer
   * is reachable from the internet.
   *
   * @default none, the header `x-changeover-color` is enough
   */
  colorToken?: pulumi.Input<string>;
  /**
   * Destinations that the instances connect to, in addition to the internet. The security group of each destination
   * gets an ingress rule.
   *
   * @default none
   */
  calls?: CallArgs[];
  /**
   * The TCP ports on which the instances may connect to any address, besides `calls`, 1-65535, each once. Instances need
   * 443 to fetch their software and their secrets.
   *
   * @default all traffic may leave
   */
  egressPorts?: number[];
  /**
   * The priority of blue's test rule, 1-49999. Green's rule has the next higher number.
   *
   * Change the priority by two or more: both rules change at the same time, and AWS rejects a priority that another
   * rule still has.
   *
   * @default 10, or with `service` a number from 100 to 19998 that follows from its name
   */
  colorRulePriority?: number;
  /**
   * The port of the service, 1-65535.
   *
   * @default 8080
   */
  port?: number;
  /**
   * Protects the test rules and target groups from deletion in Pulumi.
   *
   * @default true
   */
  protect?: boolean;
}

/** A listener rule reads `*` and `?` as wildcards and a backslash as their escape, so other tokens could match. */
const COLOR_TOKEN: Format = {
  pattern: /^[!#-)+->@-[\]-~]{1,128}$/,
  allowed: "1 to 128 printable characters without spaces, double quotes, backslashes, * and ?",
};

/** A value of a header condition, without wildcards. */
export const SERVICE_NAME: Format = {
  pattern: /^[a-z0-9-]{1,64}$/i,
  allowed: "1 to 64 letters, digits and hyphens",
};

const ADDED_TAGS = ["Name", "changeover:color"];

export const fleetSpec = {
  name: FLEET_NAME,
  args: {
    tier: { kind: "string", format: TAG_VALUE, whenOmitted: "none", input: true },
    service: { kind: "string", format: SERVICE_NAME, whenOmitted: "none, the test rules name no service" },
    ...requestConditionsSpec,
    vpcId: { kind: "string", format: VPC_ID, required: true, input: true },
    listenerArn: { kind: "string", format: LISTENER_ARN, required: true, input: true },
    loadBalancerSecurityGroupId: { kind: "string", format: SECURITY_GROUP_ID, required: true, input: true },
    allowLoadBalancerEgress: { kind: "boolean", default: false },
    colorToken: {
      kind: "string",
      format: COLOR_TOKEN,
      secret: true,
      whenOmitted: "none, the header `x-changeover-color` is enough",
      input: true,
    },
    calls: callsSpec,
    egressPorts: { ...egressPortsSpec, whenOmitted: "all traffic may leave" },
    colorRulePriority: {
      kind: "integer",
      min: 1,
      max: 49_999,
      whenOmitted: "10, or with `service` a number from 100 to 19998 that follows from its name",
    },
    port: { ...PORT, default: 8080 },
    ...targetGroupSpec,
    ...instanceAccessSpec,
    protect: { kind: "boolean", default: true },
    tags: tagsSpec(ADDED_TAGS),
  },
  checks: [
    {
      reads: ["hosts", "paths", "headers", "service"],
      check: (args) => [valueCountIssue(args, ownValueCount(args))],
    },
    {
      reads: ["protocolVersion", "healthCheckMatcher", "slowStartSeconds"],
      check: ({ protocolVersion, healthCheckMatcher, slowStartSeconds }) => [
        requirementIssue("healthCheckMatcher", healthCheckMatcher, matcherOf(protocolVersion)),
        requirementIssue("slowStartSeconds", slowStartSeconds, slowStart),
      ],
    },
    {
      reads: Object.keys(instanceAccessSpec) as (keyof InstanceAccessArgs)[],
      check: (args) => instanceAccessIssues(args),
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
      reads: ["tags"],
      check: ({ tags, tier }) => [tierTagsIssue(tags, tier, ADDED_TAGS)],
    },
  ],
} as const satisfies ComponentSpec<BlueGreenFleetArgs>;

/** Values of the test rules for the color, the token and the service. */
function ownValueCount({ colorToken, service }: BlueGreenFleetArgs): number {
  return [true, colorToken !== undefined, service !== undefined].filter(Boolean).length;
}

/** The priority of blue's test rule. */
export function colorRulePriority({ colorRulePriority, service }: BlueGreenFleetArgs): number {
  return colorRulePriority ?? (service === undefined ? 10 : testRulePriority(service));
}

export type FleetSettings = WithDefaults<BlueGreenFleetArgs, typeof fleetSpec>;
