import type * as lb from "@pulumi/aws/lb";
import { randomHex } from "../account";
import { AwsError, between, invalidInput, oneOf } from "../errors";
import type { Action } from "../load-balancer/types";
import { type Plain, resourceType, type Service, type StepContext } from "../resource-type";
import { type ActionArgs, checkActions, toAction } from "./elb-actions";
import { elbLookups } from "./elb-lookups";
import { checkName, ELB_TYPES, NAME_RULE } from "./elb-names";
import { rule } from "./elb-rules";
import { targetGroup } from "./elb-target-groups";
import { rejectDuplicate, zonesOf } from "./lookups";
import { recorded } from "./recorded";

type BalancerArgs = Plain<lb.LoadBalancerArgs>;
type ListenerArgs = Plain<lb.ListenerArgs>;

const loadBalancer = resourceType<BalancerArgs>({
  autoName: NAME_RULE,
  *check(inputs) {
    yield* checkName(inputs.name);
    yield* oneOf("loadBalancerType", inputs.loadBalancerType, ["application"]);
    yield* between("idleTimeout", inputs.idleTimeout, 1, 4000);
    const subnets = inputs.subnets ?? inputs.subnetMappings;
    if (subnets && subnets.length < 2) {
      yield invalidInput("subnets", "at least 2, in different Availability Zones", subnets.length);
    }
  },
  async create(inputs, { world }) {
    const name = inputs.name ?? "";
    rejectDuplicate(world, ELB_TYPES.balancer, "name", name, "DuplicateLoadBalancerName", "load balancer");
    const { vpcId } = zonesOf(world, inputs.subnets ?? [], 2, "InvalidSubnet");
    const suffix = `app/${name}/${randomHex(16)}`;
    const arn = world.account.arn("elasticloadbalancing", `loadbalancer/${suffix}`);
    const { port } = await world.loadBalancing.createLoadBalancer(arn, inputs.idleTimeout ?? 60);
    return {
      id: arn,
      outs: {
        arn,
        arnSuffix: suffix,
        // Contains the port, so that `http://${dnsName}` reaches this load balancer.
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

/** True for a listener that forwards, false for one that only redirects. */
function serves(actions: readonly ActionArgs[]): boolean {
  return actions.some(({ type }) => type !== "redirect");
}

function serveDefault(inputs: ListenerArgs, call: StepContext, arn?: string): void {
  const [first] = inputs.defaultActions;
  if (!first || !serves(inputs.defaultActions)) return;
  const { loadBalancing, resources } = call.world;
  const others = resources
    .of(ELB_TYPES.listener)
    .filter(({ id, outs }) => id !== arn && outs.loadBalancerArn === inputs.loadBalancerArn && outs.served);
  if (others.length > 0) {
    throw new Error(
      `${inputs.loadBalancerArn} already has a listener that does not redirect. A load balancer has one port in the ` +
        "simulator: its other listeners may only redirect.",
    );
  }
  loadBalancing.setDefaultAction(inputs.loadBalancerArn, toAction(first));
}

const NOT_SERVED: Action = {
  type: "fixed-response",
  statusCode: 503,
  contentType: "text/plain",
  body: "no listener",
};

const listener = resourceType<ListenerArgs>({
  *check(inputs) {
    if (inputs.defaultActions) yield* checkActions("defaultActions", inputs.defaultActions);
    yield* between("port", inputs.port, 1, 65535);
    if (inputs.protocol !== undefined && inputs.protocol !== "HTTP") {
      const remedy = "Rehearse with the program's plain HTTP setting.";
      yield invalidInput("protocol", "HTTP in the simulator", inputs.protocol, remedy);
    }
  },
  create(inputs, call) {
    const { world } = call;
    const suffix = String(world.resources.get(ELB_TYPES.balancer, inputs.loadBalancerArn)?.outs.arnSuffix);
    const taken = world.resources.of(ELB_TYPES.listener).some(({ outs }) => {
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
    for (const rule of world.resources
      .of(ELB_TYPES.rule)
      .filter(({ inputs }) => inputs.listenerArn === arn)) {
      world.loadBalancing.deleteRule(String(outs.loadBalancerArn), rule.id);
    }
    const gone = !world.loadBalancing.balancers().has(String(outs.loadBalancerArn));
    if (outs.served && !gone) world.loadBalancing.setDefaultAction(String(outs.loadBalancerArn), NOT_SERVED);
  },
});

export const elb: Service = {
  resources: {
    [ELB_TYPES.balancer]: loadBalancer,
    [ELB_TYPES.listener]: listener,
    [ELB_TYPES.rule]: rule,
    [ELB_TYPES.group]: targetGroup,
    "aws:lb/listenerCertificate:ListenerCertificate": recorded<Plain<lb.ListenerCertificateArgs>>({
      id: ({ listenerArn, certificateArn }) => `${listenerArn}_${certificateArn}`,
    }),
  },
  dataSources: elbLookups,
};
