import type * as lb from "@pulumi/aws/lb";
import { randomHex } from "../account";
import { AwsError, between, invalidInput, oneOf } from "../errors";
import { type Plain, resourceType, type Service } from "../resource-type";
import { listener, listenerCertificate } from "./elb-listeners";
import { elbLookups } from "./elb-lookups";
import { checkName, ELB_TYPES, NAME_RULE } from "./elb-names";
import { rule } from "./elb-rules";
import { targetGroup } from "./elb-target-groups";
import { rejectDuplicate, zonesOf } from "./lookups";

type BalancerArgs = Plain<lb.LoadBalancerArgs>;

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

export const elb: Service = {
  resources: {
    [ELB_TYPES.balancer]: loadBalancer,
    [ELB_TYPES.listener]: listener,
    [ELB_TYPES.rule]: rule,
    [ELB_TYPES.group]: targetGroup,
    "aws:lb/listenerCertificate:ListenerCertificate": listenerCertificate,
  },
  dataSources: elbLookups,
};
