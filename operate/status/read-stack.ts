import { readAlarms } from "../../traffic/alarms";
import { describeGroups } from "../../traffic/capacity";
import { createTrafficClients } from "../../traffic/clients";
import type { ReleaseControl } from "../../traffic/control";
import { readProductionRule } from "../../traffic/production-rule";
import { describeTargets, type TargetHealth } from "../../traffic/targets";
import { TRAFFIC_COLORS, type TrafficColor } from "../colors";
import { readingOf } from "../rule-reading";
import { alarmNames, type StackReadings, TIERS } from "./status-report";

/** Reads everything that AWS reports about a stack at once. A part that cannot be read becomes a problem. */
export async function readStack(control: ReleaseControl): Promise<StackReadings> {
  const clients = createTrafficClients(control.region);
  const problems: string[] = [];
  const attempt = <Value>(subject: string, action: Promise<Value>): Promise<Value | undefined> =>
    action.catch((error: Error) => {
      problems.push(`${subject} cannot be read: ${error.message}`);
      return undefined;
    });
  const groupNames = TRAFFIC_COLORS.flatMap((color) =>
    TIERS.flatMap((tier) => control.tiers[tier][color].autoScalingGroupName ?? []),
  );
  try {
    const targets: Record<(typeof TIERS)[number], Partial<Record<TrafficColor, TargetHealth[]>>> = {
      web: {},
      app: {},
    };
    const readTargets = TRAFFIC_COLORS.flatMap((color) =>
      TIERS.map(async (tier) => {
        const { targetGroupArn } = control.tiers[tier][color];
        const found = await attempt(
          `The targets of ${color} in ${tier}`,
          describeTargets(clients.loadBalancing, targetGroupArn),
        );
        targets[tier][color] = found;
      }),
    );
    const [rule, groups, alarms] = await Promise.all([
      attempt("The production rule", readProductionRule(clients.loadBalancing, control.productionRuleArn)),
      attempt("The Auto Scaling groups", describeGroups(clients.autoScaling, groupNames)),
      attempt("The alarms", readAlarms(clients.cloudWatch, alarmNames(control))),
      ...readTargets,
    ]);
    return { rule: rule && readingOf(rule, control), targets, groups, alarms, problems };
  } finally {
    clients.destroy();
  }
}
