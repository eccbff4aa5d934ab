import type * as autoscaling from "@pulumi/aws/autoscaling";
import * as pulumi from "@pulumi/pulumi";
import type { CallArgs } from "../network/calls";
import { COLORS, type Color } from "./color";
import { createColorAddress } from "./color-address";
import { type ColorCapacity, createColorCapacity } from "./color-capacity";
import { createFleetAccess } from "./fleet-access";
import { checkFleet, checkFleetOptions } from "./validate-fleet";

/** What one color of a fleet runs. */
export interface FleetColorArgs {
  /** The version of the software, for tags and for the eye: 1 to 256 characters. */
  version: string;
  /**
   * The instances' user data, as text of at most 16384 bytes; empty for an image that needs none. A change of it
   * replaces the color's whole Auto Scaling Group: new servers first, then the old ones go.
   */
  userData: pulumi.Input<string>;
  /** False keeps the color's address and launch template, and no server. Default: true. */
  on?: boolean;
}

export interface BlueGreenFleetArgs {
  /** The tier's name for tags and alarms, e.g. `web`. A change exchanges the servers of both colors. Default: none. */
  tier?: pulumi.Input<string>;
  /** The VPC of the subnets. */
  vpcId: pulumi.Input<string>;
  /**
   * Where the servers run: private subnets. One is enough for AWS; two, in different zones, outlive a zone.
   */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** The load balancer's listener, which gets a rule for each color. */
  listenerArn: pulumi.Input<string>;
  /** The load balancer's security group, the only one that reaches the servers. */
  loadBalancerSecurityGroupId: pulumi.Input<string>;
  /** Blue's release. Default: none, then blue has an address and no servers. */
  blue?: FleetColorArgs;
  /** Green's release. Default: none, then green has an address and no servers. */
  green?: FleetColorArgs;
  /**
   * A secret that a request must carry in `x-changeover-token` to choose a color itself: 1 to 128 printable characters
   * without spaces, double quotes, backslashes, `*` and `?`. Required where strangers can send requests. Default: none,
   * the header `x-changeover-color` is enough.
   */
  colorToken?: pulumi.Input<string>;
  /** What the servers connect to, beside the internet: each callee's security group is opened. Default: nothing. */
  calls?: CallArgs[];
  /**
   * The priority of blue's own rule; green's is the next one. 1-49999. Both move at once: move it by two or more, or AWS
   * finds one rule where the other still is. Default: 10.
   */
  colorRulePriority?: number;
  /** The port that the servers listen on. Default: 8080. */
  port?: number;
  /**
   * The path that says whether a server can serve: 200 is healthy. It begins with a slash and has at most 1024 printable
   * characters. Default: `/healthz`.
   */
  healthCheckPath?: string;
  /** Seconds between two health checks of a server, 5-300. Default: 10. */
  healthCheckIntervalSeconds?: number;
  /** Seconds that a server which leaves may go on with the requests it has, 0-3600. Default: 300. */
  drainSeconds?: number;
  /**
   * Of the image's processor architecture: with the default image an arm64 type is demanded, such as `m7g.large`. A change
   * exchanges the servers of both colors. Default: `t4g.small`.
   */
  instanceType?: pulumi.Input<string>;
  /**
   * The image, or `resolve:ssm:` and the name of a public parameter, resolved when an instance starts. Its root device
   * is `/dev/xvda`, as Amazon Linux has it. A change exchanges the servers of both colors.
   * Default: the newest Amazon Linux 2023 for arm64.
   */
  imageId?: pulumi.Input<string>;
  /** The fewest servers a color that is on has, 1-1000. Default: 2. */
  minInstances?: number;
  /**
   * The most servers a color has, at least `minInstances`, at most 1000. Default: three times `minInstances`, or 1000
   * where that is less.
   */
  maxInstances?: number;
  /** Servers are added and removed to keep the average CPU near this, in percent, 1-100. Default: 50. */
  targetCpuPercent?: number;
  /**
   * The longest that a server takes from its launch until it is healthy, in seconds, 1-1800. For so long it is not
   * replaced for being unhealthy, and takes the place of no other. When it is more than 300, give it to `ReleaseAlarms`,
   * too. Default: 300 for the first, 180 for the second.
   */
  startupSeconds?: number;
  /**
   * How long the first creation waits for `minInstances` healthy servers, in minutes, 1-60. A server that takes longer
   * than `startupSeconds` is replaced, however high this is. Default: 10, or twice `startupSeconds` where that is more.
   */
  capacityTimeoutMinutes?: number;
  /**
   * The size of the root disk, in GiB, 1-65536 and no less than the image's, which is 8 for the default one. It is always
   * encrypted. A change exchanges the servers of both colors. Default: 8.
   */
  diskGib?: number;
  /** What the servers may do, as an IAM policy in JSON. Default: nothing but Session Manager. */
  instancePolicy?: pulumi.Input<string>;
  /** Pulumi refuses to delete the colors' rules and target groups. Default: true. */
  protect?: boolean;
  /**
   * Tags beside the component's own, which they replace where the key is the same; at most 46, without a tier 47. A key
   * has 1-128 characters and does not begin with `aws:`, a value up to 256: letters, digits, spaces and `_.:/=+-@`. A
   * change exchanges the servers of both colors. Default: none.
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** One text for each color. */
export interface ColorOutputs {
  /** Blue's. */
  blue: pulumi.Output<string>;
  /** Green's. */
  green: pulumi.Output<string>;
}

/** The headers of a request to one color, by their names. */
export interface ColorHeaders {
  /** Those that lead to blue. */
  blue: pulumi.Output<Record<string, string>>;
  /** Those that lead to green. */
  green: pulumi.Output<Record<string, string>>;
}

/** The names of the Auto Scaling Groups of the colors that have a release. */
export interface ColorGroupNames {
  /** Blue's; none when blue has no release. */
  blue?: pulumi.Output<string>;
  /** Green's; none when green has no release. */
  green?: pulumi.Output<string>;
}

/** The Auto Scaling Groups of the colors that have a release. */
export interface ColorGroups {
  /** Blue's; none when blue has no release. */
  blue?: autoscaling.Group;
  /** Green's; none when green has no release. */
  green?: autoscaling.Group;
}

/** Options that only this component has, beside Pulumi's own. */
export interface BlueGreenFleetOptions extends pulumi.ComponentResourceOptions {
  /**
   * What each color's capacity waits for: the servers of a color that gets users come after the database's expand step,
   * those of one that is retired go after users have moved. A promise will do, since what moves the users needs this
   * fleet first. Default: nothing.
   */
  capacityDependsOn?: Partial<Record<Color, pulumi.ComponentResourceOptions["dependsOn"]>>;
}

/**
 * One tier, twice: for each color a target group with a rule of its own, and, when the color has a release, a launch
 * template and an Auto Scaling Group. Each color always has an address and health checks, with or without users; who
 * gets the users is the `ProductionRule`'s business.
 *
 * What both colors are made of, `imageId`, `instanceType`, `diskGib`, `tier` and `tags`, changes for both at once, the one
 * with users among them: a new Auto Scaling Group begins with `minInstances` servers, however many autoscaling had added,
 * and the old one goes when these are healthy. Raise `minInstances` to what runs now first.
 *
 * ```ts
 * const web = new BlueGreenFleet("web", {
 *   vpcId: network.vpcId,
 *   subnetIds: network.privateSubnetIds,
 *   listenerArn: edge.listenerArn,
 *   loadBalancerSecurityGroupId: edge.securityGroupId,
 *   blue: { version: "1.0.0", userData: "#!/bin/sh\n..." },
 * });
 * ```
 * @throws InvalidArgumentError for an arg out of its range, before anything is declared.
 */
export class BlueGreenFleet extends pulumi.ComponentResource {
  /** Where each color's servers are. */
  public readonly targetGroupArns: ColorOutputs;
  /** As CloudWatch names the target groups in the dimension `TargetGroup`. */
  public readonly targetGroupArnSuffixes: ColorOutputs;
  /** The headers that choose a color at the listener; a secret where there is a token. */
  public readonly colorHeaders: ColorHeaders;
  /** The Auto Scaling Group of each color that has a release. */
  public readonly autoScalingGroupNames: ColorGroupNames;
  /** The servers' security group; a database admits this group. */
  public readonly securityGroupId: pulumi.Output<string>;
  /** The servers' IAM role. */
  public readonly roleName: pulumi.Output<string>;
  /** Each color's Auto Scaling Group, for `dependsOn`: what waits for it waits until the servers are there. */
  public readonly capacity: ColorGroups;

  constructor(name: string, args: BlueGreenFleetArgs, opts: BlueGreenFleetOptions = {}) {
    checkFleet(name, args);
    checkFleetOptions(name, opts);
    const { capacityDependsOn, ...componentOpts } = opts;
    super("changeover:index:BlueGreenFleet", name, args, componentOpts);
    const port = args.port ?? 8080;
    const access = createFleetAccess(this, name, args, port);

    const forEachColor = <T>(make: (color: Color) => T) => ({ blue: make("blue"), green: make("green") });
    const addresses = forEachColor((color) => createColorAddress(this, name, args, color, port));
    const capacities: Partial<Record<Color, ColorCapacity>> = {};
    for (const color of COLORS) {
      const release = args[color];
      if (!release) continue;
      const context = { args, access, address: addresses[color], after: capacityDependsOn?.[color] };
      capacities[color] = createColorCapacity(this, name, color, release, context);
    }

    this.targetGroupArns = forEachColor((color) => addresses[color].targetGroup.arn);
    this.targetGroupArnSuffixes = forEachColor((color) => addresses[color].targetGroup.arnSuffix);
    this.colorHeaders = forEachColor((color) => addresses[color].headers);
    this.capacity = { blue: capacities.blue?.group, green: capacities.green?.group };
    this.autoScalingGroupNames = {
      blue: capacities.blue?.group.name,
      green: capacities.green?.group.name,
    };
    this.securityGroupId = access.securityGroupId;
    this.roleName = access.roleName;
    this.registerOutputs({
      targetGroupArns: this.targetGroupArns,
      autoScalingGroupNames: this.autoScalingGroupNames,
      securityGroupId: this.securityGroupId,
      roleName: this.roleName,
    });
  }
}
