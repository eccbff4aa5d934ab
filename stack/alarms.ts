import { DatabaseAlarms, ReleaseAlarms } from "../components";
import { TIER_NAMES } from "../contract";
import type { Foundation } from "./foundation";
import type { Tiers } from "./tiers";

export type StackAlarms = Pick<
  ReleaseAlarms,
  "dashboardName" | "releaseAlarmName" | "colorAlarmNames" | "loadBalancerAlarmNames"
> &
  Pick<DatabaseAlarms, "databaseAlarmNames">;

/** Declares the alarms. They need target groups and load balancers, but no instances. */
export function declareAlarms({ settings, tags, database }: Foundation, tiers: Tiers): StackAlarms {
  const { name, alarmTopicArn, thresholds } = settings;
  const { errorPercent, slowMs, slowPercentile, noRequestsMinutes } = thresholds;
  const topicArns = alarmTopicArn === undefined ? undefined : [alarmTopicArn];
  const { dashboardName, releaseAlarmName, colorAlarmNames, loadBalancerAlarmNames } = new ReleaseAlarms(
    name,
    {
      tiers: TIER_NAMES.map((tier) => {
        const { loadBalancer, fleet } = tiers[tier];
        return {
          tier,
          startupSeconds: settings[tier].startupSeconds,
          loadBalancerArnSuffix: loadBalancer.arnSuffix,
          blueTargetGroupArnSuffix: fleet.targetGroupArnSuffixes.blue,
          greenTargetGroupArnSuffix: fleet.targetGroupArnSuffixes.green,
        };
      }),
      errorPercent,
      slowMs,
      slowPercentile,
      noRequestsMinutes,
      topicArns,
      tags,
    },
  );
  const { databaseAlarmNames } = new DatabaseAlarms(name, {
    identifier: database.identifier,
    instanceClass: settings.database.instanceClass,
    cpuPercent: thresholds.databaseCpuPercent,
    connections: thresholds.databaseConnections,
    freeStorageGib: thresholds.databaseFreeStorageGib,
    replicationLagMib: thresholds.databaseReplicationLagMib,
    topicArns,
    tags,
  });
  return { dashboardName, releaseAlarmName, colorAlarmNames, loadBalancerAlarmNames, databaseAlarmNames };
}
