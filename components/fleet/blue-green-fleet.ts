import * as pulumi from "@pulumi/pulumi";
import { validateRuleArgs } from "../load-balancer/claim-rules";
import { testRuleClaim } from "../load-balancer/listener-claims";
import { valueIssues } from "../validation/find-issues";
import { whenKnown } from "../validation/output-text";
import { isOutput } from "../validation/unknown";
import { throwIssues } from "../validation/validate-args";
import type { Color } from "./color";
import { createColorAddress } from "./color-address";
import { createFleetAccess } from "./fleet-access";
import { type BlueGreenFleetArgs, fleetSpec } from "./fleet-args";
import { fleetConnectionSpec } from "./fleet-connection-args";

/** One value for each color. */
export interface ColorOutputs {
  /** The value of blue. */
  blue: pulumi.Output<string>;
  /** The value of green. */
  green: pulumi.Output<string>;
}

/** The headers of requests that the test rules forward to one color. */
export interface ColorHeaders {
  /** The headers of a request to blue. */
  blue: pulumi.Output<Record<string, string>>;
  /** The headers of a request to green. */
  green: pulumi.Output<Record<string, string>>;
}

/**
 * The parts of a tier that no release changes.
 *
 * Each color has a target group and a test rule, so that it can be reached and is health-checked even without
 * traffic. Both colors share the IAM role and the security group of the instances. `FleetColor` adds the instances of
 * one color, and `ProductionRule` decides which color receives traffic.
 *
 * ```ts
 * const web = new BlueGreenFleet("web", {
 *   vpcId: network.vpcId,
 *   listenerArn: edge.listenerArn,
 *   loadBalancerSecurityGroupId: edge.securityGroupId,
 * });
 * ```
 *
 * Services that share a listener each have a fleet with a `service` of its own. Their test rules then differ, and their
 * priorities follow from the names.
 *
 * @throws pulumi.InputPropertiesError with all invalid args, also if two rules of the program have one priority,
 * or if the test requests of the fleet could reach another fleet or a production rule before it.
 */
export class BlueGreenFleet extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = fleetSpec;

  /** The target group of each color. */
  public readonly targetGroupArns: ColorOutputs;
  /** The `TargetGroup` dimension of each color's target group in CloudWatch. */
  public readonly targetGroupArnSuffixes: ColorOutputs;
  /**
   * The headers with which a request reaches one color through its test rule. They are secret if `colorToken` is set.
   */
  public readonly colorHeaders: ColorHeaders;
  /** The security group of the instances, e.g. for an ingress rule of a database; the first of several. */
  public readonly securityGroupId: pulumi.Output<string>;
  /** All security groups of the instances. */
  public readonly securityGroupIds: pulumi.Output<string[]>;
  /** The name of the instances' IAM role. */
  public readonly roleName: pulumi.Output<string>;
  /**
   * The ARN of the instance profile. It is known once the permissions and the network access of the instances and the
   * test rules exist, so that instances start after these.
   */
  public readonly instanceProfileArn: pulumi.Output<string>;
  /** The name of the tier, if one was given. */
  public readonly tier?: pulumi.Output<string>;
  /** The service that the test rules name, if one was given. */
  public readonly service?: string;
  /** The deregistration delay of the target groups, in seconds. */
  public readonly drainSeconds: number;

  constructor(name: string, args: BlueGreenFleetArgs, opts?: pulumi.ComponentResourceOptions) {
    const { settings, listenerArn } = validateRuleArgs(BlueGreenFleet, name, args, opts, (known) => [
      testRuleClaim({ component: "BlueGreenFleet", name }, known),
    ]);
    const { service } = args;
    super("changeover:index:BlueGreenFleet", name, args, opts);
    this.drainSeconds = settings.drainSeconds;
    if (service !== undefined) this.service = service;
    if (args.tier !== undefined) this.tier = pulumi.output(args.tier);

    const access = createFleetAccess(this, name, settings);
    const colorToken = checkedToken(name, args.colorToken);
    const forEachColor = <T>(make: (color: Color) => T) => ({ blue: make("blue"), green: make("green") });
    const addresses = forEachColor((color) =>
      createColorAddress(this, name, color, { ...settings, listenerArn, colorToken }),
    );

    this.targetGroupArns = forEachColor((color) => addresses[color].targetGroup.arn);
    this.targetGroupArnSuffixes = forEachColor((color) => addresses[color].targetGroup.arnSuffix);
    this.colorHeaders = forEachColor((color) => addresses[color].headers);
    this.securityGroupId = access.securityGroupId;
    this.securityGroupIds = access.securityGroupIds;
    this.roleName = access.roleName;
    const prerequisites = [...access.prerequisites, addresses.blue.rule, addresses.green.rule];
    const ready = pulumi.all(prerequisites.map(({ urn }) => urn));
    this.instanceProfileArn = pulumi.all([access.instanceProfileArn, ready]).apply(([arn]) => arn);
    this.registerOutputs({
      targetGroupArns: this.targetGroupArns,
      targetGroupArnSuffixes: this.targetGroupArnSuffixes,
      colorHeaders: this.colorHeaders,
      securityGroupId: this.securityGroupId,
      securityGroupIds: this.securityGroupIds,
      roleName: this.roleName,
      instanceProfileArn: this.instanceProfileArn,
      tier: this.tier,
      service: this.service,
      drainSeconds: this.drainSeconds,
    });
  }
}

/** Checks a token that is an output as soon as it is known: AWS would read `*` in it as a wildcard. */
function checkedToken(
  name: string,
  token: BlueGreenFleetArgs["colorToken"],
): BlueGreenFleetArgs["colorToken"] {
  if (token === undefined || !isOutput(token)) return token;
  return whenKnown(token, (known) => {
    // In a program that is not written in TypeScript, an output may resolve to null.
    if (known === undefined || known === null) return;
    throwIssues(`BlueGreenFleet "${name}"`, valueIssues("colorToken", known, fleetConnectionSpec.colorToken));
  });
}
