import type * as pulumi from "@pulumi/pulumi";
import { GateCheck, otherColor, ProductionRule } from "../components";
import { TIER_NAMES } from "../contract";
import type { ColorInstances } from "./colors";
import type { Foundation } from "./foundation";
import type { Weights } from "./plan/last-release";
import type { GateCheckPlan } from "./plan/plan-gate-checks";
import type { Tiers } from "./tiers";

/** Checks a serving color before traffic is shifted. */
export function checkColor(
  { settings, gate }: Foundation,
  tiers: Tiers,
  { role, color, version, sharePercent, trigger }: GateCheckPlan,
  serving: readonly ColorInstances[],
): GateCheck {
  const instances = serving.filter((each) => each.color === color).flatMap((each) => each.instances);
  return new GateCheck(
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
      tiers: TIER_NAMES.map((name) => {
        const { fleet, loadBalancer, serverName, readinessPath } = tiers[name];
        return {
          tier: name,
          url: loadBalancer.ownUrl,
          serverName,
          readinessPath: readinessPath(color),
          minHealthy: settings[name].minInstances,
          targetGroupArn: fleet.targetGroupArns[color],
          otherTargetGroupArn: fleet.targetGroupArns[otherColor(color)],
          headers: fleet.colorHeaders[color],
        };
      }),
    },
    { dependsOn: instances },
  );
}

/** Routes the traffic of the public listener by the colors' weights. */
export function routeTraffic(
  { settings, tags, edge }: Foundation,
  { web }: Tiers,
  weights: Weights,
  { dependsOn }: { readonly dependsOn: pulumi.Resource[] },
): ProductionRule {
  const { name, stickySeconds, protect } = settings;
  return new ProductionRule(
    `${name}-edge`,
    {
      listenerArn: edge.listenerArn,
      targetGroupArns: web.fleet.targetGroupArns,
      weights,
      stickySeconds,
      protect,
      tags,
    },
    { dependsOn },
  );
}
