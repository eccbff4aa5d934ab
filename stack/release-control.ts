import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as pulumi from "@pulumi/pulumi";
import type { Color } from "../components";
import type { TierName } from "../contract";
import type { ReleaseControl } from "../traffic/control";
import type { DeclaredRelease } from "./declared-release";
import { bakeMinutesOf } from "./settings/settings";

export function releaseControl({
  base,
  tiers,
  plan,
  production,
  running,
  alarms,
}: DeclaredRelease): pulumi.Output<ReleaseControl> {
  const { settings, edge } = base;
  const { name, stickySeconds, alarmTopicArn, rollbackWindowMinutes } = settings;
  const colorControl = (tier: TierName, color: Color) => {
    // Omits the groups of retired colors: the output must be known even if a retirement fails.
    const instances = running.find((each) => each.color === color);
    return {
      targetGroupArn: tiers[tier].fleet.targetGroupArns[color],
      autoScalingGroupName: instances?.[tier].autoScalingGroupName,
      alarms: alarms.colorAlarmNames.apply((names) => names[`${tier}-${color}`] ?? []),
    };
  };
  const tierControl = (tier: TierName) => ({
    minInstances: settings[tier].minInstances,
    maxInstances: settings[tier].maxInstances,
    url: tiers[tier].loadBalancer.ownUrl,
    blue: colorControl(tier, "blue"),
    green: colorControl(tier, "green"),
  });
  return pulumi.output({
    name,
    region: getRegionOutput({}).region,
    productionRuleArn: production.rule.arn,
    listenerArn: edge.listenerArn,
    stickySeconds,
    topicArn: alarmTopicArn,
    rollbackWindowMinutes,
    bakeMinutes: bakeMinutesOf(settings),
    tiers: { web: tierControl("web"), app: tierControl("app") },
    alarms: pulumi
      .all([alarms.releaseAlarmName, alarms.databaseAlarmNames])
      .apply(([release, database]) => [release, ...(settings.alarms ?? []), ...database]),
    migrations: { pending: [...plan.migrations.pending] },
  });
}
