import type * as pulumi from "@pulumi/pulumi";
import { type CallArgs, callsSpec, PORT } from "../network/call-args";
import { egressPortsSpec } from "../network/egress";
import type { ArgsSpec, Format } from "../validation/args-spec";
import { LISTENER_ARN, SECURITY_GROUP_ID, VPC_ID } from "../validation/formats";

/** The listener of a fleet, and the connections of its instances. */
export interface FleetConnectionArgs {
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
   * @default none, the other headers are enough
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
   * @default a number from 100 to 19998 that follows from the name of the service or, with conditions, of the fleet; else 10
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

export const fleetConnectionSpec = {
  vpcId: { kind: "string", format: VPC_ID, required: true, input: true },
  listenerArn: { kind: "string", format: LISTENER_ARN, required: true, input: true },
  loadBalancerSecurityGroupId: { kind: "string", format: SECURITY_GROUP_ID, required: true, input: true },
  allowLoadBalancerEgress: { kind: "boolean", default: false },
  colorToken: {
    kind: "string",
    format: COLOR_TOKEN,
    secret: true,
    whenOmitted: "none, the other headers are enough",
    input: true,
  },
  calls: callsSpec,
  egressPorts: { ...egressPortsSpec, whenOmitted: "all traffic may leave" },
  colorRulePriority: {
    kind: "integer",
    min: 1,
    max: 49_999,
    whenOmitted:
      "a number from 100 to 19998 that follows from the name of the service or, with conditions, of the fleet; else 10",
  },
  port: { ...PORT, default: 8080 },
  protect: { kind: "boolean", default: true },
} as const satisfies ArgsSpec<FleetConnectionArgs>;
