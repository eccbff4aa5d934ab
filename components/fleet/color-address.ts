import * as lb from "@pulumi/aws/lb";
import * as pulumi from "@pulumi/pulumi";
import { testPriorityOf } from "../load-balancer/listener-claims";
import { toConditions } from "../load-balancer/request-conditions";
import { withTags } from "../tags/resource-tags";
import { LOAD_BALANCING_NAME_LENGTH, shortName } from "../validation/names";
import { COLOR_HEADER, COLORS, type Color, SERVICE_HEADER, TOKEN_HEADER } from "./color";
import type { FleetSettings } from "./fleet-args";
import { ProtocolVersion } from "./target-group-args";

export interface ColorAddress {
  readonly targetGroup: lb.TargetGroup;
  readonly rule: lb.ListenerRule;
  readonly headers: pulumi.Output<Record<string, string>>;
}

/**
 * Creates the target group and the test rule of a color. A load balancer checks the health of targets only if a rule
 * uses their target group, so a color without traffic needs the test rule.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
 */
export function createColorAddress(
  parent: pulumi.Resource,
  name: string,
  color: Color,
  args: FleetSettings,
): ColorAddress {
  const opts = { parent, protect: args.protect };
  const interval = args.healthCheckIntervalSeconds;
  const tags = withTags(args.tags, { name: `${name}-${color}`, tier: args.tier, color });
  const targetGroup = new lb.TargetGroup(
    shortName(name, LOAD_BALANCING_NAME_LENGTH, `-${color}`),
    {
      vpcId: args.vpcId,
      port: args.port,
      protocol: "HTTP",
      // Left out for HTTP/1.1, which is AWS's default.
      protocolVersion: args.protocolVersion === ProtocolVersion.Http1 ? undefined : args.protocolVersion,
      targetType: "instance",
      deregistrationDelay: args.drainSeconds,
      slowStart: args.slowStartSeconds === 0 ? undefined : args.slowStartSeconds,
      healthCheck: {
        path: args.healthCheckPath,
        protocol: "HTTP",
        port: "traffic-port",
        interval,
        timeout: Math.min(5, interval - 1),
        healthyThreshold: 2,
        unhealthyThreshold: 3,
        matcher: args.healthCheckMatcher ?? (args.protocolVersion === ProtocolVersion.Grpc ? "0" : "200"),
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
  if (args.service !== undefined) {
    conditions.push({ httpHeader: { httpHeaderName: SERVICE_HEADER, values: [args.service] } });
  }
  conditions.push(...toConditions(args));
  const rule = new lb.ListenerRule(
    `${name}-${color}`,
    {
      listenerArn: args.listenerArn,
      priority: testPriorityOf(name, args) + COLORS.indexOf(color),
      conditions,
      actions: [{ type: "forward", targetGroupArn: targetGroup.arn }],
      tags,
    },
    opts,
  );
  const headers = pulumi.output(args.colorToken).apply(
    (token): Record<string, string> => ({
      [COLOR_HEADER]: color,
      ...(args.service === undefined ? {} : { [SERVICE_HEADER]: args.service }),
      ...(token === undefined ? {} : { [TOKEN_HEADER]: token }),
    }),
  );
  return { targetGroup, rule, headers };
}
