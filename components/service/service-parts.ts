/** The parts of a service that no release changes, and the plan of its update. */

import * as pulumi from "@pulumi/pulumi";
import { alarmLimitsSpec } from "../alarms/alarm-limit-args";
import { ReleaseAlarms } from "../alarms/release-alarms";
import { BlueGreenFleet } from "../fleet/blue-green-fleet";
import { fleetConnectionSpec } from "../fleet/fleet-connection-args";
import { instanceAccessSpec } from "../fleet/instance-access-args";
import { targetGroupSpec } from "../fleet/target-group-args";
import { vpcFunctionSpec } from "../functions/step-function-args";
import { Gate } from "../gate/gate";
import type { GateFunctionArgs } from "../gate/gate-check-args";
import { withOwnTags } from "../tags/resource-tags";
import { pickArgs } from "../validation/pick-args";
import { throwIssues } from "../validation/validate-args";
import { planService, type ServicePlan } from "./plan-service";
import { readRule, SERVICE_TAG } from "./read-rule";
import type { BlueGreenServiceArgs, ServiceSettings } from "./service-args";

export interface ServiceParts {
  readonly component: pulumi.ComponentResource;
  readonly name: string;
  /** The args as they were given, to pass them on: a default could contradict another arg. */
  readonly args: BlueGreenServiceArgs;
  readonly settings: ServiceSettings;
  readonly listenerArn: pulumi.Input<string>;
  /** The priority of the production rule. */
  readonly priority: number;
}

/** The service's tag is added last: the next update finds the instances by it. */
export function serviceTags({ name, settings }: ServiceParts) {
  return withOwnTags(settings.tags ?? {}, { [SERVICE_TAG]: name });
}

export function createFleet({ component, name, args, listenerArn }: ServiceParts): BlueGreenFleet {
  // The permissions belong to a version, so that those of the former version stay.
  const { instancePolicy: _, permissionsBoundaryArn, ...access } = pickArgs(args, instanceAccessSpec);
  return new BlueGreenFleet(
    name,
    {
      ...pickArgs(args, fleetConnectionSpec),
      ...pickArgs(args, targetGroupSpec),
      ...access,
      ...(access.instanceProfileArn === undefined ? { permissionsBoundaryArn } : {}),
      ...{ service: name, listenerArn, tags: args.tags },
    },
    { parent: component },
  );
}

export function createAlarms(
  { component, name, args, listenerArn }: ServiceParts,
  { targetGroupArnSuffixes }: BlueGreenFleet,
): ReleaseAlarms {
  const { startupSeconds, topicArns, tags } = args;
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
      ...pickArgs(args, alarmLimitsSpec),
      ...{ topicArns, tags },
    },
    { parent: component },
  );
}

/** Args of the Lambdas of gate and watch. */
export function functionArgs({ args }: ServiceParts) {
  const { gateCalls: calls, topicArns, checks = [] } = args;
  const checkFunctionNames = checks.flatMap(({ functionName }) => functionName ?? []);
  return { ...pickArgs(args, vpcFunctionSpec), calls, topicArns, checkFunctionNames };
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
