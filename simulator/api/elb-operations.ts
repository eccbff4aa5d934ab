import { z } from "zod";
import { AwsError } from "../errors";
import type { StoredResource } from "../resource-store";
import type { ActionArgs, ConditionArgs } from "../services/elb-actions";
import { ELB_TYPES } from "../services/elb-names";
import { modifyActions } from "../services/elb-rules";
import { resourceTagKeys, tagsOf, validateTags } from "../tags";
import type { World } from "../world";
import type { IamTarget } from "./caller";
import { type ApiOperations, operation } from "./operation";

const NOT_FOUND: Readonly<Record<keyof typeof ELB_TYPES, string>> = {
  balancer: "LoadBalancerNotFound",
  listener: "ListenerNotFound",
  rule: "RuleNotFound",
  group: "TargetGroupNotFound",
};

const page = { PageSize: z.coerce.number().optional(), Marker: z.string().optional() };

const flag = z.enum(["true", "false"]).transform((text) => text === "true");

const forwardAction = z.strictObject({
  Type: z.literal("forward"),
  Order: z.coerce.number().optional(),
  TargetGroupArn: z.string().optional(),
  ForwardConfig: z
    .strictObject({
      TargetGroups: z
        .array(z.strictObject({ TargetGroupArn: z.string(), Weight: z.coerce.number().default(1) }))
        .optional(),
      TargetGroupStickinessConfig: z
        .strictObject({ Enabled: flag.optional(), DurationSeconds: z.coerce.number().optional() })
        .optional(),
    })
    .optional(),
});

function found(world: World, kind: keyof typeof ELB_TYPES, arn: string): StoredResource {
  const resource = world.resources.get(ELB_TYPES[kind], arn);
  if (!resource) throw new AwsError(NOT_FOUND[kind], `One or more ${kind}s not found: ${arn}`);
  return resource;
}

function taggable(world: World, arn: string): StoredResource {
  const [, suffix = ""] = arn.split(":elasticloadbalancing:");
  const resource = suffix.split(":")[2] ?? "";
  if (resource.startsWith("listener-rule/")) return found(world, "rule", arn);
  if (resource.startsWith("listener/")) return found(world, "listener", arn);
  if (resource.startsWith("loadbalancer/")) return found(world, "balancer", arn);
  if (resource.startsWith("targetgroup/")) return found(world, "group", arn);
  throw new AwsError("ValidationError", `'${arn}' is not a valid ARN`);
}

function targetOf({ id, outs }: StoredResource): IamTarget {
  return { resource: id, conditionKeys: resourceTagKeys(tagsOf(outs)) };
}

function toProviderAction({ TargetGroupArn, ForwardConfig }: z.infer<typeof forwardAction>): ActionArgs {
  const targets = ForwardConfig?.TargetGroups ?? [{ TargetGroupArn: TargetGroupArn ?? "", Weight: 1 }];
  const sticky = ForwardConfig?.TargetGroupStickinessConfig;
  return {
    type: "forward",
    forward: {
      targetGroups: targets.map(({ TargetGroupArn: arn, Weight: weight }) => ({ arn, weight })),
      ...(sticky && {
        stickiness: { enabled: sticky.Enabled ?? false, duration: sticky.DurationSeconds ?? 0 },
      }),
    },
  };
}

function toApiAction(action: ActionArgs, index: number) {
  const { type, targetGroupArn, forward, fixedResponse, redirect } = action;
  const order = { Type: type, Order: action.order ?? index + 1 };
  if (fixedResponse) {
    const { contentType, messageBody, statusCode } = fixedResponse;
    const config = { ContentType: contentType, MessageBody: messageBody, StatusCode: statusCode };
    return { ...order, FixedResponseConfig: config };
  }
  if (redirect) {
    const { host, path, port, protocol, query, statusCode } = redirect;
    const config = {
      Host: host,
      Path: path,
      Port: port,
      Protocol: protocol,
      Query: query,
      StatusCode: statusCode,
    };
    return { ...order, RedirectConfig: config };
  }
  const groups = forward?.targetGroups ?? [{ arn: targetGroupArn ?? "", weight: 1 }];
  const sticky = forward?.stickiness;
  return {
    ...order,
    TargetGroupArn: groups.length === 1 ? groups[0]?.arn : undefined,
    ForwardConfig: {
      TargetGroups: groups.map(({ arn, weight }) => ({ TargetGroupArn: arn, Weight: weight ?? 1 })),
      TargetGroupStickinessConfig: {
        Enabled: sticky?.enabled ?? false,
        DurationSeconds: sticky?.duration || undefined,
      },
    },
  };
}

function toApiCondition({ pathPattern, hostHeader, httpHeader }: ConditionArgs) {
  if (httpHeader) {
    const { httpHeaderName, values } = httpHeader;
    return { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: httpHeaderName, Values: values } };
  }
  if (hostHeader) return { Field: "host-header", HostHeaderConfig: { Values: hostHeader.values } };
  return { Field: "path-pattern", PathPatternConfig: { Values: pathPattern?.values } };
}

function describeRule({ id, outs }: StoredResource) {
  return {
    RuleArn: id,
    Priority: outs.priority,
    Conditions: (outs.conditions as ConditionArgs[]).map(toApiCondition),
    Actions: (outs.actions as ActionArgs[]).map(toApiAction),
    IsDefault: false,
  };
}

function describeBalancer({ id, outs }: StoredResource) {
  return {
    LoadBalancerArn: id,
    LoadBalancerName: outs.name,
    DNSName: outs.dnsName,
    CanonicalHostedZoneId: outs.zoneId,
    Scheme: outs.internal ? "internal" : "internet-facing",
    VpcId: outs.vpcId,
    State: { Code: "active" },
    Type: outs.loadBalancerType,
    IpAddressType: outs.ipAddressType,
  };
}

function describeGroup({ id, outs }: StoredResource, world: World) {
  const check = (outs.healthCheck ?? {}) as Record<string, unknown>;
  const balancer = world.loadBalancing.loadBalancerOf(id);
  return {
    TargetGroupArn: id,
    TargetGroupName: outs.name,
    Protocol: outs.protocol,
    Port: outs.port,
    VpcId: outs.vpcId,
    HealthCheckPath: check.path ?? "/",
    HealthCheckIntervalSeconds: check.interval ?? 30,
    HealthCheckTimeoutSeconds: check.timeout ?? 5,
    HealthyThresholdCount: check.healthyThreshold ?? 3,
    UnhealthyThresholdCount: check.unhealthyThreshold ?? 3,
    Matcher: { HttpCode: check.matcher ?? "200" },
    LoadBalancerArns: balancer === undefined ? [] : [balancer],
    TargetType: "instance",
  };
}

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Operations.html */
export const elbOperations: ApiOperations = {
  DescribeRules: operation(
    { ListenerArn: z.string().optional(), RuleArns: z.array(z.string()).optional(), ...page },
    ({ ListenerArn, RuleArns }, world) => {
      if ((ListenerArn === undefined) === (RuleArns === undefined)) {
        throw new AwsError("ValidationError", "Either a listener ARN or rule ARNs must be specified");
      }
      if (RuleArns) return { Rules: RuleArns.map((arn) => describeRule(found(world, "rule", arn))) };
      const listener = found(world, "listener", ListenerArn ?? "");
      const rules = world.resources.of(ELB_TYPES.rule).filter(({ outs }) => outs.listenerArn === listener.id);
      const inOrder = rules.sort((one, other) => Number(one.outs.priority) - Number(other.outs.priority));
      const last = {
        RuleArn: `${listener.id.replace(":listener/", ":listener-rule/")}/default`,
        Priority: "default",
        Conditions: [],
        Actions: (listener.outs.defaultActions as ActionArgs[]).map(toApiAction),
        IsDefault: true,
      };
      return { Rules: [...inOrder.map(describeRule), last] };
    },
  ),
  ModifyRule: operation(
    { RuleArn: z.string(), Actions: z.array(forwardAction).min(1) },
    ({ RuleArn, Actions }, world) => {
      modifyActions(RuleArn, Actions.map(toProviderAction), world);
      return { Rules: [describeRule(found(world, "rule", RuleArn))] };
    },
    ({ RuleArn }, world) => [targetOf(found(world, "rule", RuleArn))],
  ),
  DescribeTags: operation({ ResourceArns: z.array(z.string()).max(20) }, ({ ResourceArns }, world) => ({
    TagDescriptions: ResourceArns.map((arn) => ({
      ResourceArn: arn,
      Tags: Object.entries(tagsOf(taggable(world, arn).outs)).map(([Key, Value]) => ({ Key, Value })),
    })),
  })),
  AddTags: operation(
    {
      ResourceArns: z.array(z.string()),
      Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string().default("") })),
    },
    ({ ResourceArns, Tags }, world) => {
      const added = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
      if (Object.keys(added).length < Tags.length) {
        throw new AwsError("DuplicateTagKeys", "A tag key was specified more than once");
      }
      for (const { type, id, outs } of ResourceArns.map((arn) => taggable(world, arn))) {
        const tags = { ...tagsOf(outs), ...added };
        validateTags(tags);
        world.resources.patch(type, id, { tags, tagsAll: tags });
      }
    },
    ({ ResourceArns }, world) => ResourceArns.map((arn) => targetOf(taggable(world, arn))),
  ),
  RemoveTags: operation(
    { ResourceArns: z.array(z.string()), TagKeys: z.array(z.string()) },
    ({ ResourceArns, TagKeys }, world) => {
      for (const { type, id, outs } of ResourceArns.map((arn) => taggable(world, arn))) {
        const rest = Object.entries(tagsOf(outs)).filter(([key]) => !TagKeys.includes(key));
        const tags = Object.fromEntries(rest);
        world.resources.patch(type, id, { tags, tagsAll: tags });
      }
    },
    ({ ResourceArns }, world) => ResourceArns.map((arn) => targetOf(taggable(world, arn))),
  ),
  DescribeLoadBalancers: operation(
    { LoadBalancerArns: z.array(z.string()).optional(), Names: z.array(z.string()).optional(), ...page },
    ({ LoadBalancerArns, Names }, world) => {
      const all = world.resources.of(ELB_TYPES.balancer);
      const named = LoadBalancerArns
        ? LoadBalancerArns.map((arn) => found(world, "balancer", arn))
        : all.filter(({ outs }) => Names?.includes(String(outs.name)) ?? true);
      return { LoadBalancers: named.map(describeBalancer) };
    },
  ),
  DescribeTargetGroups: operation(
    {
      LoadBalancerArn: z.string().optional(),
      TargetGroupArns: z.array(z.string()).optional(),
      Names: z.array(z.string()).optional(),
      ...page,
    },
    ({ LoadBalancerArn, TargetGroupArns, Names }, world) => {
      const all = TargetGroupArns
        ? TargetGroupArns.map((arn) => found(world, "group", arn))
        : world.resources
            .of(ELB_TYPES.group)
            .filter(({ outs }) => Names?.includes(String(outs.name)) ?? true);
      const groups = all.map((group) => describeGroup(group, world));
      return {
        TargetGroups: groups.filter(
          ({ LoadBalancerArns }) =>
            LoadBalancerArn === undefined || LoadBalancerArns.includes(LoadBalancerArn),
        ),
      };
    },
  ),
  DescribeTargetHealth: operation(
    {
      TargetGroupArn: z.string(),
      Targets: z.array(z.strictObject({ Id: z.string(), Port: z.coerce.number().optional() })).optional(),
    },
    ({ TargetGroupArn, Targets }, world) => {
      const all = world.loadBalancing.health(TargetGroupArn);
      const wanted = all.filter(({ target }) => Targets?.some(({ Id }) => Id === target.id) ?? true);
      return {
        TargetHealthDescriptions: wanted.map(({ target, state, reason }) => ({
          Target: { Id: target.id, Port: target.port },
          HealthCheckPort: target.port,
          TargetHealth: { State: state, Reason: reason },
        })),
      };
    },
  ),
};
