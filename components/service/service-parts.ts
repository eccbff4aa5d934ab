/** The parts of a service that no release changes, and the plan of its update. */

import * as pulumi from "@pulumi/pulumi";
import { ReleaseAlarms } from "../alarms/release-alarms";
import { BlueGreenFleet } from "../fleet/blue-green-fleet";
import { Gate } from "../gate/gate";
import type { GateFunctionArgs } from "../gate/gate-check-args";
import { withOwnTags } from "../tags/resource-tags";
import { throwIssues } from "../validation/validate-args";
import { planService, type ServicePlan } from "./plan-service";
import { readRule, SERVICE_TAG } from "./read-rule";
import type { ServiceSettings } from "./service-args";

export interface ServiceParts {
  readonly component: pulumi.ComponentResource;
  readonly name: string;
  readonly settings: ServiceSettings;
  readonly listenerArn: pulumi.Input<string>;
  /** The priority of the production rule. */
  readonly priority: number;
}

/** The service's tag is added last: the next update finds the instances by it. */
export function serviceTags({ name, settings }: ServiceParts) {
  return withOwnTags(settings.tags ?? {}, { [SERVICE_TAG]: name });
}

export function createFleet({ component, name, settings, listenerArn }: ServiceParts): BlueGreenFleet {
  const { vpcId, loadBalancerSecurityGroupId, colorToken, calls, colorRulePriority } = settings;
  const { port, healthCheckPath, healthCheckIntervalSeconds, drainSeconds, protect, tags } = settings;
  return new BlueGreenFleet(
    name,
    {
      service: name,
      ...{ listenerArn, vpcId, loadBalancerSecurityGroupId, colorToken, calls, colorRulePriority },
      ...{ port, healthCheckPath, healthCheckIntervalSeconds, drainSeconds, protect, tags },
    },
    { parent: component },
  );
}

export function createAlarms(
  { component, name, settings, listenerArn }: ServiceParts,
  { targetGroupArnSuffixes }: BlueGreenFleet,
): ReleaseAlarms {
  const { startupSeconds, topicArns, tags } = settings;
  // A listener's ARN has the load balancer's: listener/app/<name>/<id>/<listener>.
  const loadBalancerArnSuffix = pulumi
    .output(listenerArn)
    .apply((arn) => arn.replace(/^.*:listener\//, "").replace(/\/[^/]*$/, ""));
  return new ReleaseAlarms(
    name,
    {
      tiers: [
        {
          tier: "service",
          loadBalancerArnSuffix,
          blueTargetGroupArnSuffix: targetGroupArnSuffixes.blue,
          greenTargetGroupArnSuffix: targetGroupArnSuffixes.green,
          startupSeconds,
        },
      ],
      ...{ topicArns, tags },
    },
    { parent: component },
  );
}

/** Args of the Lambdas of gate and watch. */
export function functionArgs({ settings }: ServiceParts) {
  const { vpcId, subnetIds, gateCalls: calls, topicArns, checks = [], tags } = settings;
  const checkFunctionNames = checks.flatMap(({ functionName }) => functionName ?? []);
  return { vpcId, subnetIds, calls, topicArns, checkFunctionNames, tags };
}

export function gateOf(service: ServiceParts): GateFunctionArgs {
  const { component, name, settings } = service;
  return settings.gate ?? new Gate(name, functionArgs(service), { parent: component });
}

/**
 * The plan of this update. It is known in a preview, except before the first update.
 *
 * @throws pulumi.InputPropertiesError in the output, so that a rejected update changes nothing of the release
 */
export function readPlan(
  { component, name, settings, listenerArn, priority }: ServiceParts,
  { targetGroupArns }: BlueGreenFleet,
): pulumi.Output<ServicePlan> {
  const { versions } = settings;
  return pulumi
    .all([listenerArn, targetGroupArns.blue, targetGroupArns.green])
    .apply(async ([arn, blue, green]) => {
      const query = { name, listenerArn: arn, priority, targetGroupArns: { blue, green }, versions };
      const planned = planService(settings, await readRule(query, { parent: component }));
      if ("issues" in planned) {
        throwIssues(`BlueGreenService "${name}"`, planned.issues);
        throw new Error(`BlueGreenService "${name}" was rejected.`);
      }
      return planned;
    });
}
