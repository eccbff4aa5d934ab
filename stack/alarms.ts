import { ReleaseAlarms } from "../components";
import { TIER_NAMES } from "../contract";
import type { Foundation } from "./foundation";
import type { Tiers } from "./tiers";

export function declareAlarms({ settings, tags }: Foundation, tiers: Tiers): ReleaseAlarms {
  const { name, alarmTopicArn } = settings;
  return new ReleaseAlarms(name, {
    tiers: TIER_NAMES.map((tier) => {
      const { loadBalancer, fleet } = tiers[tier];
      return {
        tier,
        loadBalancerArnSuffix: loadBalancer.arnSuffix,
        blueTargetGroupArnSuffix: fleet.targetGroupArnSuffixes.blue,
        greenTargetGroupArnSuffix: fleet.targetGroupArnSuffixes.green,
      };
    }),
    topicArns: alarmTopicArn === undefined ? undefined : [alarmTopicArn],
    tags,
  });
}
