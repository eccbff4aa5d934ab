import type * as pulumi from "@pulumi/pulumi";
import { type CallArgs, callsSpec, PORT } from "../network/call-args";
import { type TaggedArgs, tagsSpec, tierTagsIssue } from "../tags/tagged-args";
import type { ComponentSpec, Format, Requirement } from "../validation/args-spec";
import { LISTENER_ARN, SECURITY_GROUP_ID, TAG_VALUE, VPC_ID } from "../validation/formats";
import { FLEET_NAME } from "../validation/names";
import type { WithDefaults } from "../validation/validate-args";

export interface BlueGreenFleetArgs extends TaggedArgs {
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
  /** The security group of the load balancer, the only one that may connect to the instances. */
  loadBalancerSecurityGroupId: pulumi.Input<string>;
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
   * The priority of blue's test rule, 1-49999. Green's rule has the next higher number.
   *
   * Change the priority by two or more: both rules change at the same time, and AWS rejects a priority that another
   * rule still has.
   *
   * @default 10
   */
  colorRulePriority?: number;
  /**
   * The port of the service, 1-65535.
   *
   * @default 8080
   */
  port?: number;
  /**
   * The path of the health check, to which a healthy instance responds with 200.
   *
   * It begins with a slash and has at most 1024 printable characters.
   *
   * @default `/healthz`
   */
  healthCheckPath?: string;
  /**
   * Seconds between two health checks of an instance, 5-300.
   *
   * @default 10
   */
  healthCheckIntervalSeconds?: number;
  /**
   * The deregistration delay in seconds, 0-3600: the time that a deregistered instance has to complete its requests.
   *
   * @default 300
   */
  drainSeconds?: number;
  /**
   * The permissions of the instances, as an IAM policy in JSON.
   *
   * @default none, Session Manager only
   */
  instancePolicy?: pulumi.Input<string>;
  /**
   * Protects the test rules and target groups from deletion in Pulumi.
   *
   * @default true
   */
  protect?: boolean;
}

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html */
export const DRAIN_SECONDS = { kind: "integer", min: 0, max: 3600 } as const;

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html */
export const HEALTH_CHECK_PATH: Format = {
  pattern: /^\/[\x21-\x7e]{0,1023}$/,
  allowed: "a path that begins with a slash, of at most 1024 printable characters without spaces",
};

/** A listener rule reads `*` and `?` as wildcards and a backslash as their escape, so other tokens could match. */
const COLOR_TOKEN: Format = {
  pattern: /^[!#-)+->@-[\]-~]{1,128}$/,
  allowed: "1 to 128 printable characters without spaces, double quotes, backslashes, * and ?",
};

export const IAM_POLICY: Requirement<string> = {
  allowed: 'an IAM policy in JSON, {"Version": …, "Statement": …}',
  holds: (json) => {
    try {
      const policy: unknown = JSON.parse(json);
      return typeof policy === "object" && policy !== null && "Statement" in policy;
    } catch {
      return false;
    }
  },
};

const ADDED_TAGS = ["Name", "changeover:color"];

export const fleetSpec = {
  name: FLEET_NAME,
  args: {
    tier: { kind: "string", format: TAG_VALUE, whenOmitted: "none", input: true },
    vpcId: { kind: "string", format: VPC_ID, required: true, input: true },
    listenerArn: { kind: "string", format: LISTENER_ARN, required: true, input: true },
    loadBalancerSecurityGroupId: { kind: "string", format: SECURITY_GROUP_ID, required: true, input: true },
    colorToken: {
      kind: "string",
      format: COLOR_TOKEN,
      secret: true,
      whenOmitted: "none, the header `x-changeover-color` is enough",
      input: true,
    },
    calls: callsSpec,
    colorRulePriority: { kind: "integer", min: 1, max: 49_999, default: 10 },
    port: { ...PORT, default: 8080 },
    healthCheckPath: { kind: "string", format: HEALTH_CHECK_PATH, default: "/healthz" },
    healthCheckIntervalSeconds: { kind: "integer", min: 5, max: 300, default: 10 },
    drainSeconds: { ...DRAIN_SECONDS, default: 300 },
    instancePolicy: {
      kind: "string",
      format: IAM_POLICY,
      secret: true,
      whenOmitted: "none, Session Manager only",
      input: true,
    },
    protect: { kind: "boolean", default: true },
    tags: tagsSpec(ADDED_TAGS),
  },
  checks: [
    {
      reads: ["tags"],
      check: ({ tags, tier }) => [tierTagsIssue(tags, tier, ADDED_TAGS)],
    },
  ],
} as const satisfies ComponentSpec<BlueGreenFleetArgs>;

export type FleetSettings = WithDefaults<BlueGreenFleetArgs, typeof fleetSpec>;
