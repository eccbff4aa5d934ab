import type * as lambda from "@pulumi/aws/lambda";
import * as pulumi from "@pulumi/pulumi";
import type { ColorHeaders, ColorOutputs } from "../fleet/blue-green-fleet";
import { COLORS, type Color } from "../fleet/color";
import type { ColorWeights } from "../fleet/color-weights";
import { skipRuleChecksOfParts, validateRuleArgs } from "../load-balancer/claim-rules";
import {
  type ClaimOwner,
  productionPriorityOf,
  productionRuleClaim,
  testRuleClaim,
} from "../load-balancer/listener-claims";
import { wantedWeights } from "./plan-service";
import { type BlueGreenServiceArgs, serviceSpec } from "./service-args";
import { createAlarms, createFleet, gateOf, readPlan, type ServiceParts } from "./service-parts";
import { checkColor, type Dependencies, deployColor, routeTraffic, watchShift } from "./service-steps";

/**
 * One service with a blue and a green color behind a listener: fleet, instances, health gate, production rule, watch and
 * alarms, in the order of a release.
 *
 * An update deploys a new version to the color without traffic, or shifts traffic with `live` and `canaryPercent`. Before
 * a color gets traffic, the gate provides its capacity and checks it. After a shift, the watch shifts the traffic back
 * on an alarm.
 *
 * Each update first reads the production rule, whose tags have the memory of the last release. An update is rejected if it
 * changes the version of a color with traffic, if it shifts traffic to a version that is not deployed, or if the traffic
 * was shifted by another writer and the args do not agree. The instances of a version stay as they were deployed.
 *
 * Use `dependsOn` for what must happen before new instances start, such as the expand migrations.
 *
 * ```ts
 * new BlueGreenService("shop", {
 *   live: "blue",
 *   versions: { blue: "1.4.0", green: "1.5.0" },
 *   hosts: ["shop.example.com"],
 *   userData: "#!/bin/sh\nstart-shop __COLOR__ __VERSION__\n",
 *   vpcId,
 *   subnetIds,
 *   listenerArn,
 *   url,
 *   loadBalancerSecurityGroupId,
 * });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args, and with all reasons to reject the update.
 */
export class BlueGreenService extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = serviceSpec;

  /** The color that receives the traffic. */
  public readonly liveColor: Color;
  /** The weight of each color, known once the production rule has it. */
  public readonly weights: pulumi.Output<ColorWeights>;
  /** The number of traffic shifts so far, for `expectedSerial`. */
  public readonly serial: pulumi.Output<number>;
  /** The ARN of the production rule. */
  public readonly productionRuleArn: pulumi.Output<string>;
  /** The target group of each color. */
  public readonly targetGroupArns: ColorOutputs;
  /** The headers with which a request reaches one color through its test rule. Secret if `colorToken` is set. */
  public readonly colorHeaders: ColorHeaders;
  /** The security group of the instances, e.g. for an ingress rule of a database. */
  public readonly securityGroupId: pulumi.Output<string>;
  /** The name of the instances' IAM role. */
  public readonly roleName: pulumi.Output<string>;
  /** The name of the composite alarm, which goes off if any alarm of the service does. */
  public readonly releaseAlarmName: pulumi.Output<string>;
  /** The name of the dashboard. */
  public readonly dashboardName: pulumi.Output<string>;

  constructor(name: string, args: BlueGreenServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    const owner: ClaimOwner = { component: "BlueGreenService", name };
    const { settings, listenerArn } = validateRuleArgs(BlueGreenService, name, args, opts, (known) => [
      productionRuleClaim(owner, known),
      testRuleClaim(owner, { service: name, colorRulePriority: known.colorRulePriority }),
    ]);
    const priority = productionPriorityOf(owner, args);
    // The args of a release are no inputs of the component, so that a flip changes only the resources of its steps.
    const { live, versions, canaryPercent, expectedSerial, actor, reason, ...inputs } = args;
    super("changeover:index:BlueGreenService", name, inputs, opts);
    skipRuleChecksOfParts(this);
    const service: ServiceParts = { component: this, name, args, settings, listenerArn, priority };
    const fleet = createFleet(service);
    const alarms = createAlarms(service, fleet);
    const release = { ...service, fleet, alarms, plan: readPlan(service, fleet), gate: gateOf(service) };
    const before = asList(opts?.dependsOn);
    const weights = wantedWeights(settings);

    // 1. Colors with traffic: instances, gate checks, production rule, watch.
    const checks = new Map<Color, lambda.Invocation>();
    for (const color of COLORS.filter((each) => weights[each] > 0)) {
      checks.set(color, checkColor(release, color, deployColor(release, color, before)));
    }
    const rule = routeTraffic(release, checks);
    const shifted = [rule, ...watchShift(release, checks, rule)];

    // 2. Colors without traffic change only after it has shifted.
    this.weights = rule.arn.apply(() => weights);
    const retired = settings.retireIdle ? this.weights : undefined;
    for (const color of COLORS.filter((each) => weights[each] === 0 && versions[each] !== undefined)) {
      deployColor(release, color, [...before, ...shifted], retired);
    }

    this.liveColor = live;
    this.serial = release.plan.apply(({ record }) => record.serial);
    this.productionRuleArn = rule.arn;
    this.targetGroupArns = fleet.targetGroupArns;
    this.colorHeaders = fleet.colorHeaders;
    this.securityGroupId = fleet.securityGroupId;
    this.roleName = fleet.roleName;
    this.releaseAlarmName = alarms.releaseAlarmName;
    this.dashboardName = alarms.dashboardName;
    this.registerOutputs({
      liveColor: this.liveColor,
      weights: this.weights,
      serial: this.serial,
      productionRuleArn: this.productionRuleArn,
      targetGroupArns: this.targetGroupArns,
      colorHeaders: this.colorHeaders,
      securityGroupId: this.securityGroupId,
      roleName: this.roleName,
      releaseAlarmName: this.releaseAlarmName,
      dashboardName: this.dashboardName,
    });
  }
}

function asList(dependsOn: pulumi.ComponentResourceOptions["dependsOn"]): Dependencies {
  if (dependsOn === undefined) return [];
  // Pulumi also accepts an output of a list as an item.
  return Array.isArray(dependsOn) ? dependsOn : [dependsOn as pulumi.Input<pulumi.Resource>];
}
