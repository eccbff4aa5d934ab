/** The steps of a release, in which each update of a service passes from one color to the other. */

import type * as lambda from "@pulumi/aws/lambda";
import type * as lb from "@pulumi/aws/lb";
import * as pulumi from "@pulumi/pulumi";
import type { ReleaseAlarms } from "../alarms/release-alarms";
import type { BlueGreenFleet } from "../fleet/blue-green-fleet";
import { COLORS, type Color, otherColor } from "../fleet/color";
import type { ColorWeights } from "../fleet/color-weights";
import { FleetColor } from "../fleet/fleet-color";
import { instanceSpec } from "../fleet/instance-args";
import type { GateFunctionArgs } from "../gate/gate-check-args";
import { invokeGate } from "../gate/invoke-gate";
import { createProductionListenerRule } from "../load-balancer/production-listener-rule";
import { shiftTags } from "../load-balancer/shift-tags";
import { stackTag, withOwnTags, withTags } from "../tags/resource-tags";
import { pickArgs } from "../validation/pick-args";
import { isUnknown } from "../validation/unknown";
import { invokeWatch } from "../watch/invoke-watch";
import { Watch } from "../watch/watch";
import { type ServicePlan, wantedWeights, watchedShift } from "./plan-service";
import { formatMemory, RELEASE_TAG } from "./release-tag";
import { userDataOf } from "./service-args";
import { functionArgs, type ServiceParts, serviceTags } from "./service-parts";

/** A service with everything that its steps use. */
export interface ServiceRelease extends ServiceParts {
  readonly fleet: BlueGreenFleet;
  readonly plan: pulumi.Output<ServicePlan>;
  readonly alarms: ReleaseAlarms;
  readonly gate: GateFunctionArgs;
}

export type Dependencies = readonly pulumi.Input<pulumi.Resource>[];

/** The instances of a color. `retiredWeights` scale the color in to 0 once the production rule has them. */
export function deployColor(
  service: ServiceRelease,
  color: Color,
  dependsOn: Dependencies,
  retiredWeights?: pulumi.Output<ColorWeights>,
): FleetColor {
  const { component, name, args, settings, fleet, plan } = service;
  const version = settings.versions[color] ?? "";
  const { subnetIds, instancePolicy } = settings;
  // The text waits for the plan, so that a rejected update changes no instances.
  const userData = pulumi
    .all([settings.userData, plan])
    .apply(([text]) => userDataOf(text, name, color, settings.versions));
  return new FleetColor(
    `${name}-${color}`,
    {
      ...{ fleet, color, version, userData, subnetIds },
      immutable: true,
      ...pickArgs(args, instanceSpec),
      instancePolicy,
      ...(retiredWeights === undefined ? {} : { retired: true, weights: retiredWeights }),
      tags: serviceTags(service),
    },
    { parent: component, dependsOn: [...dependsOn] },
  );
}

/** Checks a color with traffic. The check runs again when the color gets more of it. */
export function checkColor(service: ServiceRelease, color: Color, instances: FleetColor): lambda.Invocation {
  const { component, name, settings, fleet, plan, alarms, gate } = service;
  const { live, canaryPercent, versions, url, readinessPath, versionPath, matchInstances } = settings;
  const { minInstances, maxInstances, checks, rollbackWindowMinutes, bakeMinutes } = settings;
  const isLive = color === live;
  const shift = plan.apply(({ memory }) => memory.colors[color]);
  const production = plan.apply(({ ruleArn }) =>
    shift.apply((own) =>
      own?.before === undefined || ruleArn === undefined
        ? undefined
        : {
            ruleArn,
            targetGroupArns: fleet.targetGroupArns,
            serialBefore: own.serial - 1,
            weightsBefore: own.before,
            serial: own.serial,
            weights: own.after,
          },
    ),
  );
  return invokeGate(component, `${name}-${isLive ? "live" : "canary"}`, {
    ...{ gate, color, version: versions[color] ?? "" },
    check: {
      sharePercent: isLive ? 100 : canaryPercent,
      otherSharePercent: shift.apply((own) => own?.before?.[otherColor(color)] || 100),
      tiers: [
        {
          tier: name,
          service: name,
          ...{ url, host: hostOf(service), readinessPath, versionPath, matchInstances },
          minHealthy: minInstances,
          maxInstances,
          autoScalingGroupName: instances.autoScalingGroupName,
          targetGroupArn: fleet.targetGroupArns[color],
          otherTargetGroupArn: fleet.targetGroupArns[otherColor(color)],
          headers: fleet.colorHeaders[color],
        },
      ],
      alarms: colorAlarms(alarms, color),
      ...{ checks, production, rollbackWindowMinutes },
      // The watch of the first traffic ends at once.
      watched: shift.apply((own) => bakeMinutes > 0 && own?.before !== undefined),
      servedUntil: shift.apply((own) => own?.servedUntil),
    },
    triggers: { serial: shift.apply((own) => String(own?.serial)) },
    dependsOn: instances,
  });
}

/** The host name that the gate asks for, from the first host without a wildcard by default. */
function hostOf({ settings: { host, hosts } }: ServiceParts): pulumi.Input<string> | undefined {
  return host ?? hosts?.find((each) => isUnknown(each) || !/[*?]/.test(String(each)));
}

function colorAlarms({ colorAlarmNames }: ReleaseAlarms, color: Color): pulumi.Output<string[]> {
  return colorAlarmNames.apply((names) => names[`service-${color}`] ?? []);
}

/** Shifts the traffic, after the checks of the colors that get it. */
export function routeTraffic(
  service: ServiceRelease,
  checks: ReadonlyMap<Color, lambda.Invocation>,
): lb.ListenerRule {
  const { component, name, settings, listenerArn, priority, fleet, plan } = service;
  const { hosts, paths, headers, stickySeconds, protect, live } = settings;
  const weights = wantedWeights(settings);
  const base = withOwnTags(withTags(serviceTags(service), { name: `${name}-production` }), stackTag());
  const tags = pulumi
    .all([base, plan, plan.apply((known) => memoryAfter(known, checks.get(live)))])
    .apply(([own, { record }, memory]) => ({
      ...own,
      ...shiftTags(record),
      [RELEASE_TAG]: formatMemory(memory),
    }));
  return createProductionListenerRule(component, name, {
    ...{ listenerArn, priority, stickySeconds, protect, tags },
    conditions: { hosts, paths, headers },
    targetGroups: COLORS.filter((color) => weights[color] > 0).map((color) => ({
      arn: fleet.targetGroupArns[color],
      weight: plan.apply(({ weightFactor }) => weights[color] * weightFactor),
    })),
    dependsOn: [...checks.values()],
  });
}

/** The memory of this update. A color that leaves has served until the end of the gate check. */
function memoryAfter({ memory, leaving }: ServicePlan, check: lambda.Invocation | undefined) {
  if (leaving === undefined || check === undefined) return pulumi.output(memory);
  return check.result.apply((result) => {
    const { finishedAt } = JSON.parse(result) as { finishedAt: string };
    return { ...memory, served: { color: leaving, until: finishedAt } };
  });
}

/** Watches the last shift while it bakes. Returns what the next steps depend on. */
export function watchShift(
  service: ServiceRelease,
  checks: ReadonlyMap<Color, lambda.Invocation>,
  rule: lb.ListenerRule,
): pulumi.Resource[] {
  const { component, name, settings, fleet, plan, alarms } = service;
  const { bakeMinutes, stickySeconds, live, versions } = settings;
  if (bakeMinutes === 0) return [];
  const watch = new Watch(name, { ...functionArgs(service), ruleArn: rule.arn }, { parent: component });
  const shift = plan.apply((known) => {
    const { record, weights } = known;
    const watched = watchedShift(known) ?? {
      ...{ color: live, version: versions[live] ?? "", serial: record.serial, weights },
      // The watch ends at once if there is no traffic before.
      weightsBefore: { blue: 0, green: 0 },
    };
    return {
      ...watched,
      alarms: colorAlarms(alarms, watched.color),
      actor: record.actor,
      reason: record.reason,
      gateResult: checks.get(watched.color)?.result,
    };
  });
  const invocation = invokeWatch(component, `${name}-watch`, {
    watch,
    serial: plan.apply(({ record }) => record.serial),
    shift: pulumi
      .all([shift, settings.alarms, alarms.loadBalancerAlarmNames])
      .apply(([known, named, shared]) => ({
        ruleArn: rule.arn,
        ...known,
        alarms: [...known.alarms, ...shared, ...(named ?? [])],
        targetGroupArns: fleet.targetGroupArns,
        stickySeconds,
        checks: settings.checks,
      })),
    bakeMinutes,
    dependsOn: rule,
  });
  return invocation === undefined ? [rule] : [rule, invocation];
}
