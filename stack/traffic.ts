import * as pulumi from "@pulumi/pulumi";
import { type Color, GateCheck, otherColor, ProductionRule, Watch, WatchStep } from "../components";
import { TIER_NAMES } from "../contract";
import type { ReleaseControl } from "../traffic/control";
import type { StackAlarms } from "./alarms";
import type { ColorInstances } from "./colors";
import { type Foundation, trafficFunction } from "./foundation";
import type { GateCheckPlan } from "./plan/plan-gate-checks";
import type { ReleasePlan } from "./plan/plan-release";
import type { CheckStage } from "./settings/checks";
import { bakeMinutesOf, type StackSettings } from "./settings/settings";
import type { Tiers } from "./tiers";

interface CheckedColor {
  readonly tiers: Tiers;
  readonly alarms: StackAlarms;
  readonly serving: readonly ColorInstances[];
  readonly plan: Pick<ReleasePlan, "shift">;
  /** The output `control` of the last update. */
  readonly control?: ReleaseControl;
}

export interface ColorCheck {
  readonly color: Color;
  readonly done: boolean;
  readonly check: GateCheck;
}

export function checkColor(
  { settings, gate }: Foundation,
  { tiers, alarms, serving, plan, control }: CheckedColor,
  { role, color, version, sharePercent, trigger, done, servedUntil }: GateCheckPlan,
): ColorCheck {
  const instances = serving.find((each) => each.color === color);
  const check = new GateCheck(
    `${settings.name}-gate-${role}`,
    {
      gate,
      color,
      version,
      sharePercent,
      otherSharePercent: trigger.otherSharePercent,
      triggers: {
        serial: String(trigger.serial),
        ...(trigger.updateId === undefined ? {} : { updateId: trigger.updateId }),
      },
      done,
      // Alarms of the whole service are left out, because they may be the reason for the shift.
      alarms: colorAlarms(alarms, color),
      checks: teamChecks(settings, "PRE_PRODUCTION_TRAFFIC_SHIFT"),
      servedUntil,
      rollbackWindowMinutes: settings.rollbackWindowMinutes,
      production: done ? undefined : checkedRule(plan, tiers, control),
      watched: plan.shift.watch?.color === color,
      tiers: TIER_NAMES.map((name) => {
        const { fleet, loadBalancer, serverName, readinessPath } = tiers[name];
        return {
          tier: name,
          url: loadBalancer.ownUrl,
          serverName,
          readinessPath: readinessPath(color),
          minHealthy: settings[name].minInstances,
          maxInstances: settings[name].maxInstances,
          autoScalingGroupName: instances?.[name].autoScalingGroupName,
          targetGroupArn: fleet.targetGroupArns[color],
          otherTargetGroupArn: fleet.targetGroupArns[otherColor(color)],
          headers: fleet.colorHeaders[color],
        };
      }),
    },
    { dependsOn: [...(instances?.instances ?? [])] },
  );
  return { color, done, check };
}

/** The rule whose traffic must stay as this update found it. Undefined before the first update that wrote its ARN. */
function checkedRule(
  { shift: { before, shift } }: Pick<ReleasePlan, "shift">,
  { web }: Tiers,
  control: ReleaseControl | undefined,
) {
  if (before === undefined || control === undefined) return undefined;
  return {
    ruleArn: control.productionRuleArn,
    targetGroupArns: web.fleet.targetGroupArns,
    serialBefore: before.serial,
    weightsBefore: before.weights,
    serial: shift.serial,
    weights: shift.weights,
  };
}

/** Routes the traffic of the public listener by the colors' weights. */
export function routeTraffic(
  { settings, tags, edge }: Foundation,
  { web }: Tiers,
  { weights, shift }: ReleasePlan,
  checks: readonly ColorCheck[],
): ProductionRule {
  const { name, stickySeconds, protect } = settings;
  const { serial, kind, actor, commit, reason, started } = shift.shift;
  const { weightFactor: factor = 1 } = shift;
  // Times of the program's own shifts are outputs of its steps, so only other writers record a time.
  const at = kind === "rollback" || kind === "watch-rollback" ? started : undefined;
  return new ProductionRule(
    `${name}-edge`,
    {
      listenerArn: edge.listenerArn,
      targetGroupArns: web.fleet.targetGroupArns,
      weights: { blue: weights.blue * factor, green: weights.green * factor },
      record: { serial, kind, actor, commit, reason, at },
      stickySeconds,
      protect,
      tags,
    },
    { dependsOn: checks.map(({ check }) => check) },
  );
}

interface WatchedShift {
  readonly tiers: Tiers;
  readonly alarms: StackAlarms;
  readonly plan: ReleasePlan;
  readonly production: ProductionRule;
  readonly checks: readonly ColorCheck[];
  readonly control?: ReleaseControl;
}

/** Watches a traffic shift while it bakes. Without a bake, nothing is declared. */
export function watchShift(base: Foundation, watched: WatchedShift): WatchStep | undefined {
  const { settings, tags } = base;
  const { tiers, alarms, plan, production, checks, control } = watched;
  const { shift, isShift } = plan.shift;
  const bake = plan.shift.watch;
  if (bake === undefined && bakeMinutesOf(settings) === 0) return undefined;
  const { name, stickySeconds } = settings;
  const watch = new Watch(name, { ...trafficFunction(base), ruleArn: production.arn, tags });
  if (bake === undefined) return undefined;
  const { serial, color, version, weights, weightsBefore, bakeMinutes, hold } = bake;
  // The idle color's groups depend on the watch, so the names are taken from the last update.
  const groups = TIER_NAMES.flatMap(
    (tier) => (hold && control?.tiers[tier][hold].autoScalingGroupName) ?? [],
  );
  const check = checks.find((each) => each.color === color);
  return new WatchStep(
    `${name}-watch`,
    {
      watch,
      ruleArn: production.arn,
      done: !isShift,
      ...{ serial, color, version, weights, weightsBefore, bakeMinutes, stickySeconds },
      targetGroupArns: tiers.web.fleet.targetGroupArns,
      alarms: bakeAlarms(settings, alarms, color),
      checks: teamChecks(settings, "BAKE_TIME"),
      hold: groups,
      actor: shift.actor,
      reason: shift.reason,
      gateResult: check?.check.result,
    },
    { dependsOn: [production] },
  );
}

function colorAlarms({ colorAlarmNames }: StackAlarms, color: Color): pulumi.Output<string[]> {
  return colorAlarmNames.apply((names) => TIER_NAMES.flatMap((tier) => names[`${tier}-${color}`] ?? []));
}

/** The alarms of the color that gets traffic, of the load balancers, and those that the team names. */
function bakeAlarms({ alarms: named = [] }: StackSettings, alarms: StackAlarms, color: Color) {
  return pulumi
    .all([colorAlarms(alarms, color), alarms.loadBalancerAlarmNames])
    .apply(([own, shared]) => [...own, ...shared, ...named]);
}

function teamChecks({ checks = [] }: StackSettings, stage: CheckStage) {
  return checks
    .filter(({ stages }) => stages.includes(stage))
    .map(({ name, url, functionName }) => ({ name, url, functionName }));
}
