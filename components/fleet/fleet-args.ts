import type * as pulumi from "@pulumi/pulumi";
import type { CallArgs } from "../network/calls";

export interface BlueGreenFleetArgs {
  /** The tier's name for tags and alarms, e.g. `web`. A change replaces the instances of both colors. Default: none. */
  tier?: pulumi.Input<string>;
  /** The VPC of the instances. */
  vpcId: pulumi.Input<string>;
  /** The load balancer's listener, which gets a test rule for each color. */
  listenerArn: pulumi.Input<string>;
  /** The load balancer's security group, the only one that may connect to the instances. */
  loadBalancerSecurityGroupId: pulumi.Input<string>;
  /**
   * A secret that a request must carry in `x-changeover-token` to choose a color itself: 1 to 128 printable characters
   * without spaces, double quotes, backslashes, `*` and `?`. Required where strangers can send requests. Default: none,
   * the header `x-changeover-color` is enough.
   */
  colorToken?: pulumi.Input<string>;
  /** Destinations of the instances beside the internet: each security group is opened for them. Default: none. */
  calls?: CallArgs[];
  /**
   * The priority of blue's test rule; green's is the next one. 1-49999. Both change at once: change it by two or more, or
   * AWS rejects a rule whose priority the other one still has. Default: 10.
   */
  colorRulePriority?: number;
  /** The port that the service listens on. Default: 8080. */
  port?: number;
  /**
   * The path of the health check: an instance that responds with 200 is healthy. It begins with a slash and has at most
   * 1024 printable characters. Default: `/healthz`.
   */
  healthCheckPath?: string;
  /** Seconds between two health checks of an instance, 5-300. Default: 10. */
  healthCheckIntervalSeconds?: number;
  /** The deregistration delay: seconds in which a leaving instance may complete its requests, 0-3600. Default: 300. */
  drainSeconds?: number;
  /** Permissions of the instances, as an IAM policy in JSON. Default: Session Manager only. */
  instancePolicy?: pulumi.Input<string>;
  /** Pulumi rejects deletion of the test rules and target groups. Default: true. */
  protect?: boolean;
  /**
   * Tags beside the component's own, which they replace where the key is the same; at most 47, without a tier 48. A key
   * has 1-128 characters and does not begin with `aws:`, a value up to 256: letters, digits, spaces and `_.:/=+-@`.
   * Default: none.
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}
