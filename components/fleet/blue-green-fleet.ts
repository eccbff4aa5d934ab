import * as pulumi from "@pulumi/pulumi";
import { validateArgs } from "../validation/validate-args";
import type { Color } from "./color";
import { createColorAddress } from "./color-address";
import { createFleetAccess } from "./fleet-access";
import { type BlueGreenFleetArgs, fleetSpec } from "./fleet-args";

/** One text for each color. */
export interface ColorOutputs {
  /** Blue's. */
  blue: pulumi.Output<string>;
  /** Green's. */
  green: pulumi.Output<string>;
}

/** The headers of a request to one color, by their names. */
export interface ColorHeaders {
  /** The headers of a request to blue. */
  blue: pulumi.Output<Record<string, string>>;
  /** The headers of a request to green. */
  green: pulumi.Output<Record<string, string>>;
}

/**
 * The parts of a tier that both colors share and that no release changes: for each color a target group and a test rule,
 * so that it has an address and health checks with or without traffic; and the role and security group of the instances.
 *
 * A `FleetColor` adds the instances of one color. A `ProductionRule` decides which color receives the traffic.
 *
 * ```ts
 * const web = new BlueGreenFleet("web", {
 *   vpcId: network.vpcId,
 *   listenerArn: edge.listenerArn,
 *   loadBalancerSecurityGroupId: edge.securityGroupId,
 * });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args.
 */
export class BlueGreenFleet extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = fleetSpec;

  /** The target group of each color. */
  public readonly targetGroupArns: ColorOutputs;
  /** The target groups' value of the CloudWatch dimension `TargetGroup`. */
  public readonly targetGroupArnSuffixes: ColorOutputs;
  /** The headers that choose a color at the listener; a secret where there is a token. */
  public readonly colorHeaders: ColorHeaders;
  /** The security group of the instances, for a database that admits them. */
  public readonly securityGroupId: pulumi.Output<string>;
  /** The instances' IAM role. */
  public readonly roleName: pulumi.Output<string>;
  /**
   * The instance profile. Known when instances can start: their permissions, their network access and the test rules
   * exist.
   */
  public readonly instanceProfileArn: pulumi.Output<string>;
  /** The tier's name, where one was given. */
  public readonly tier?: pulumi.Output<string>;
  /** The deregistration delay of the target groups, in seconds. */
  public readonly drainSeconds: number;

  constructor(name: string, args: BlueGreenFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    const settings = validateArgs(BlueGreenFleet, name, args);
    super("changeover:index:BlueGreenFleet", name, args, opts);
    this.drainSeconds = settings.drainSeconds;
    if (args.tier !== undefined) this.tier = pulumi.output(args.tier);

    const access = createFleetAccess(this, name, settings);
    const forEachColor = <T>(make: (color: Color) => T) => ({ blue: make("blue"), green: make("green") });
    const addresses = forEachColor((color) => createColorAddress(this, name, color, settings));

    this.targetGroupArns = forEachColor((color) => addresses[color].targetGroup.arn);
    this.targetGroupArnSuffixes = forEachColor((color) => addresses[color].targetGroup.arnSuffix);
    this.colorHeaders = forEachColor((color) => addresses[color].headers);
    this.securityGroupId = access.securityGroupId;
    this.roleName = access.roleName;
    const prerequisites = [...access.prerequisites, addresses.blue.rule, addresses.green.rule];
    const ready = pulumi.all(prerequisites.map(({ urn }) => urn));
    this.instanceProfileArn = pulumi.all([access.instanceProfileArn, ready]).apply(([arn]) => arn);
    this.registerOutputs({
      targetGroupArns: this.targetGroupArns,
      targetGroupArnSuffixes: this.targetGroupArnSuffixes,
      colorHeaders: this.colorHeaders,
      securityGroupId: this.securityGroupId,
      roleName: this.roleName,
      instanceProfileArn: this.instanceProfileArn,
      tier: this.tier,
      drainSeconds: this.drainSeconds,
    });
  }
}
