import type * as lb from "@pulumi/aws/lb";
import { randomHex } from "../account";
import type { Action, TargetGroupSpec } from "../balancer/types";
import { AwsError, between, failure, oneOf } from "../errors";
import { type Call, type Plain, resourceType, type Service } from "../resource-type";
import type { Properties } from "../values";
import { type ActionArgs, checkActions, checkConditions, toAction, toCondition } from "./elb-actions";
import { refuseDuplicate, zonesOf } from "./lookups";

const types = {
  balancer: "aws:lb/loadBalancer:LoadBalancer",
  listener: "aws:lb/listener:Listener",
  rule: "aws:lb/listenerRule:ListenerRule",
  group: "aws:lb/targetGroup:TargetGroup",
} as const;

type BalancerArgs = Plain<lb.LoadBalancerArgs>;
type ListenerArgs = Plain<lb.ListenerArgs>;
type RuleArgs = Plain<lb.ListenerRuleArgs>;
type GroupArgs = Plain<lb.TargetGroupArgs>;

const nameRule = { property: "name", maxLength: 32, prefixProperty: "namePrefix" };

function* checkName(name: string | undefined) {
  if (name === undefined || /^(?!internal-)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(name)) return;
  const allowed = "letters, digits and hyphens, none of these at an end, and no beginning `internal-`";
  yield failure("name", `"${name}"; AWS allows ${allowed}`);
}

const loadBalancer = resourceType<BalancerArgs>({
  replaceOn: ["name", "namePrefix", "internal", "loadBalancerType"],
  autoName: nameRule,
  *check(inputs) {
    yield* checkName(inputs.name);
    yield* oneOf("loadBalancerType", inputs.loadBalancerType, ["application"]);
    yield* between("idleTimeout", inputs.idleTimeout, 1, 4000);
    const subnets = inputs.subnets ?? inputs.subnetMappings;
    if (subnets && subnets.length < 2) {
      yield failure(
        "subnets",
        `${subnets.length} subnet; AWS needs at least two, in different Availability Zones`,
      );
    }
  },
  async create(inputs, { world }) {
    const name = inputs.name ?? "";
    refuseDuplicate(world, types.balancer, "name", name, "DuplicateLoadBalancerName", "load balancer");
    const { vpcId } = zonesOf(world, inputs.subnets ?? [], 2, "InvalidSubnet");
    const suffix = `app/${name}/${randomHex(16)}`;
    const arn = world.account.arn("elasticloadbalancing", `loadbalancer/${suffix}`);
    const { port } = await world.loadBalancing.createLoadBalancer(arn, inputs.idleTimeout ?? 60);
    return {
      id: arn,
      outs: {
        arn,
        arnSuffix: suffix,
        // The port is part of it, so that `http://${dnsName}` reaches this load balancer and no other.
        dnsName: `127.0.0.1:${port}`,
        zoneId: "Z215JYRZR1TBD5",
        vpcId,
        internal: inputs.internal ?? false,
        loadBalancerType: "application",
        ipAddressType: inputs.ipAddressType ?? "ipv4",
      },
    };
  },
  update(arn, inputs, { world }) {
    world.loadBalancing.balancer(arn).setIdleTimeout(inputs.idleTimeout ?? 60);
    return {};
  },
  async delete(arn, outs, { world }) {
    if (outs.enableDeletionProtection) {
      const text = `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`;
      throw new AwsError("OperationNotPermitted", text);
    }
    await world.loadBalancing.deleteLoadBalancer(arn);
  },
});

/** Whether a listener serves users, or only sends them to another one. */
function serves(actions: readonly ActionArgs[]): boolean {
  return actions.some(({ type }) => type !== "redirect");
}

function serveDefault(inputs: ListenerArgs, call: Call, arn?: string): void {
  const [first] = inputs.defaultActions;
  if (!first || !serves(inputs.defaultActions)) return;
  const { loadBalancing, records } = call.world;
  const others = records
    .of(types.listener)
    .filter(({ id, outs }) => id !== arn && outs.loadBalancerArn === inputs.loadBalancerArn && outs.served);
  if (others.length > 0) {
    throw new Error(
      `${inputs.loadBalancerArn} has a listener that serves users already; one load balancer has one port on this ` +
        "machine: every further listener can only redirect",
    );
  }
  loadBalancing.setDefaultAction(inputs.loadBalancerArn, toAction(first));
}

const notServed: Action = {
  type: "fixed-response",
  statusCode: 503,
  contentType: "text/plain",
  body: "no listener",
};

const listener = resourceType<ListenerArgs>({
  replaceOn: ["loadBalancerArn"],
  *check(inputs) {
    if (inputs.defaultActions) yield* checkActions("defaultActions", inputs.defaultActions);
    yield* between("port", inputs.port, 1, 65535);
    if (inputs.protocol !== undefined && inputs.protocol !== "HTTP") {
      const text =
        `protocol is ${inputs.protocol}; the one-machine load balancer speaks plain HTTP only: ` +
        "rehearse with the program's setting for plain HTTP";
      yield failure("protocol", text);
    }
  },
  create(inputs, call) {
    const { world } = call;
    const suffix = String(world.records.get(types.balancer, inputs.loadBalancerArn)?.outs.arnSuffix);
    const taken = world.records.of(types.listener).some(({ outs }) => {
      return outs.loadBalancerArn === inputs.loadBalancerArn && outs.port === (inputs.port ?? 80);
    });
    if (taken)
      throw new AwsError("DuplicateListener", `A listener already exists on port ${inputs.port ?? 80}`);
    serveDefault(inputs, call);
    const arn = world.account.arn("elasticloadbalancing", `listener/${suffix}/${randomHex(16)}`);
    const served = serves(inputs.defaultActions);
    return { id: arn, outs: { arn, port: inputs.port ?? 80, protocol: "HTTP", served } };
  },
  update(arn, inputs, call) {
    serveDefault(inputs, call, arn);
    return { served: serves(inputs.defaultActions) };
  },
  delete(arn, outs, { world }) {
    for (const rule of world.records.of(types.rule).filter(({ inputs }) => inputs.listenerArn === arn)) {
      world.loadBalancing.deleteRule(String(outs.loadBalancerArn), rule.id);
    }
    const gone = !world.loadBalancing.balancers().has(String(outs.loadBalancerArn));
    if (outs.served && !gone) world.loadBalancing.setDefaultAction(String(outs.loadBalancerArn), notServed);
  },
});

function loadBalancerOf(listenerArn: string, { world }: Call): string {
  const found = world.records.get(types.listener, listenerArn);
  if (!found) throw new AwsError("ListenerNotFound", `One or more listeners not found: ${listenerArn}`);
  if (!found.outs.served) {
    throw new Error(
      `${listenerArn} only redirects, so it is not served on this machine: put rules on the serving one`,
    );
  }
  return String(found.outs.loadBalancerArn);
}

function putRule(arn: string, inputs: RuleArgs, priority: number, call: Call): void {
  const loadBalancerArn = loadBalancerOf(inputs.listenerArn, call);
  const [first] = inputs.actions;
  if (!first) throw new AwsError("ValidationError", "A rule needs an action");
  const conditions = inputs.conditions.flatMap(toCondition);
  call.world.loadBalancing.putRule(loadBalancerArn, { arn, priority, conditions, action: toAction(first) });
}

const rule = resourceType<RuleArgs>({
  replaceOn: ["listenerArn"],
  *check(inputs) {
    yield* between("priority", inputs.priority, 1, 50_000);
    if (inputs.actions) yield* checkActions("actions", inputs.actions);
    if (inputs.conditions) yield* checkConditions(inputs.conditions);
  },
  create(inputs, call) {
    const others = call.world.records
      .of(types.rule)
      .filter(({ outs }) => outs.listenerArn === inputs.listenerArn);
    if (others.length >= 100) throw new AwsError("TooManyRules", "The limit of 100 rules has been reached");
    const next = Math.max(0, ...others.map(({ outs }) => Number(outs.priority))) + 1;
    const priority = inputs.priority ?? next;
    const arn = `${inputs.listenerArn.replace(":listener/", ":listener-rule/")}/${randomHex(16)}`;
    putRule(arn, inputs, priority, call);
    return { id: arn, outs: { arn, priority } };
  },
  update(arn, inputs, call) {
    const priority = inputs.priority ?? Number(call.outs.priority);
    putRule(arn, inputs, priority, call);
    return { priority };
  },
  delete(arn, outs, call) {
    const found = call.world.records.get(types.listener, String(outs.listenerArn));
    if (!found) return; // It went with its listener.
    call.world.loadBalancing.deleteRule(String(found.outs.loadBalancerArn), arn);
  },
});

function specOf(arn: string, inputs: GroupArgs): TargetGroupSpec {
  const check = inputs.healthCheck ?? {};
  return {
    arn,
    deregistrationDelaySeconds: Number(inputs.deregistrationDelay ?? 300),
    healthCheck: {
      path: check.path ?? "/",
      intervalSeconds: check.interval ?? 30,
      timeoutSeconds: check.timeout ?? 5,
      healthyThreshold: check.healthyThreshold ?? 3,
      unhealthyThreshold: check.unhealthyThreshold ?? 3,
      matcher: check.matcher ?? "200",
    },
  };
}

const targetGroup = resourceType<GroupArgs>({
  replaceOn: [
    "name",
    "namePrefix",
    "port",
    "protocol",
    "protocolVersion",
    "targetType",
    "vpcId",
    "ipAddressType",
  ],
  autoName: nameRule,
  *check(inputs) {
    yield* checkName(inputs.name);
    yield* between("port", inputs.port, 1, 65535);
    yield* between("deregistrationDelay", inputs.deregistrationDelay, 0, 3600);
    yield* oneOf("protocol", inputs.protocol, ["HTTP"]);
    yield* oneOf("targetType", inputs.targetType, ["instance"]);
    yield* between("stickiness.cookieDuration", inputs.stickiness?.cookieDuration, 1, 604_800);
    if (inputs.stickiness?.enabled) {
      const text =
        "target stickiness (AWSALB) is not played by the one-machine load balancer; use the group stickiness of the action";
      yield failure("stickiness", text);
    }
    if (inputs.slowStart) {
      yield failure(
        "slowStart",
        `slowStart is ${inputs.slowStart}; the one-machine load balancer has none: leave it 0`,
      );
    }
    const check = inputs.healthCheck ?? {};
    if (check.enabled === false) yield failure("healthCheck.enabled", "AWS cannot turn it off for instances");
    yield* oneOf("healthCheck.protocol", check.protocol, ["HTTP"]);
    yield* oneOf("healthCheck.port", check.port, ["traffic-port"]);
    yield* between("healthCheck.interval", check.interval, 5, 300);
    yield* between("healthCheck.timeout", check.timeout, 2, 120);
    yield* between("healthCheck.healthyThreshold", check.healthyThreshold, 2, 10);
    yield* between("healthCheck.unhealthyThreshold", check.unhealthyThreshold, 2, 10);
    if ((check.timeout ?? 5) >= (check.interval ?? 30)) {
      const text = `${check.timeout ?? 5} s; it must be shorter than the interval, ${check.interval ?? 30} s`;
      yield failure("healthCheck.timeout", text);
    }
  },
  create(inputs, { world }) {
    const name = inputs.name ?? "";
    refuseDuplicate(world, types.group, "name", name, "DuplicateTargetGroupName", "target group");
    const suffix = `targetgroup/${name}/${randomHex(16)}`;
    const arn = world.account.arn("elasticloadbalancing", suffix);
    world.loadBalancing.putTargetGroup(specOf(arn, inputs));
    return { id: arn, outs: { arn, arnSuffix: suffix, targetType: "instance", loadBalancerArns: [] } };
  },
  update(arn, inputs, { world }): Properties {
    world.loadBalancing.putTargetGroup(specOf(arn, inputs));
    return {};
  },
  delete(arn, _outs, { world }) {
    world.loadBalancing.deleteTargetGroup(arn);
  },
});

export const elb: Service = {
  resources: {
    [types.balancer]: loadBalancer,
    [types.listener]: listener,
    [types.rule]: rule,
    [types.group]: targetGroup,
  },
};
