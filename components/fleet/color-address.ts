import * as lb from "@pulumi/aws/lb";
import * as pulumi from "@pulumi/pulumi";
import { withTags } from "../validation/tags";
import type { BlueGreenFleet, BlueGreenFleetArgs } from "./blue-green-fleet";
import { COLOR_HEADER, COLORS, type Color, TOKEN_HEADER } from "./color";

/** Where one color can be reached, whether users are sent there or not. */
export interface ColorAddress {
  readonly targetGroup: lb.TargetGroup;
  readonly rule: lb.ListenerRule;
  readonly headers: pulumi.Output<Record<string, string>>;
}

/**
 * The color's target group and its own listener rule. A target group in no rule is never health-checked, so the rule
 * is what makes a color that has no users observable.
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
 */
export function createColorAddress(
  parent: BlueGreenFleet,
  name: string,
  args: BlueGreenFleetArgs,
  color: Color,
  port: number,
): ColorAddress {
  const opts = { parent, protect: args.protect ?? true };
  const interval = args.healthCheckIntervalSeconds ?? 10;
  const tags = withTags(args.tags, { name: `${name}-${color}`, tier: args.tier, color });
  const targetGroup = new lb.TargetGroup(
    `${name}-${color}`,
    {
      vpcId: args.vpcId,
      port,
      protocol: "HTTP",
      targetType: "instance",
      deregistrationDelay: args.drainSeconds ?? 300,
      healthCheck: {
        path: args.healthCheckPath ?? "/healthz",
        protocol: "HTTP",
        port: "traffic-port",
        interval,
        timeout: Math.min(5, interval - 1),
        healthyThreshold: 2,
        unhealthyThreshold: 3,
        matcher: "200",
      },
      tags,
    },
    opts,
  );
  const conditions: pulumi.Input<lb.ListenerRuleArgs["conditions"]> = [
    { httpHeader: { httpHeaderName: COLOR_HEADER, values: [color] } },
  ];
  if (args.colorToken !== undefined) {
    conditions.push({ httpHeader: { httpHeaderName: TOKEN_HEADER, values: [args.colorToken] } });
  }
  const rule = new lb.ListenerRule(
    `${name}-${color}`,
    {
      listenerArn: args.listenerArn,
      priority: (args.colorRulePriority ?? 10) + COLORS.indexOf(color),
      conditions,
      actions: [{ type: "forward", targetGroupArn: targetGroup.arn }],
      tags,
    },
    opts,
  );
  const headers = pulumi.output(args.colorToken).apply((token): Record<string, string> => {
    return token === undefined ? { [COLOR_HEADER]: color } : { [COLOR_HEADER]: color, [TOKEN_HEADER]: token };
  });
  return { targetGroup, rule, headers };
}
