import type { Surroundings } from "../../contract";
import type { Properties } from "../../engine/values/values";
import type { Simulator } from "../../simulator";

const ZONES = ["eu-central-1a", "eu-central-1b"];
const RANGE = "10.64.0.0/16";

/** Surroundings of the right form, to evaluate a program without a simulator. */
export const EXAMPLE_SURROUNDINGS: Surroundings = {
  vpcId: "vpc-0123456789abcdef0",
  subnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
  publicSubnetIds: ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"],
  loadBalancerArn:
    "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shared/0123456789abcdef",
  listenerArn:
    "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/shared/0123456789abcdef/0123456789abcdef",
  loadBalancerSecurityGroupId: "sg-0123456789abcdef0",
  url: "http://shared-1234567890.eu-central-1.elb.amazonaws.com",
};

/** Creates a network and a shared load balancer in the simulator, outside of the rehearsed program. */
export async function createSurroundings({ providers }: Pick<Simulator, "providers">): Promise<Surroundings> {
  const create = async (type: string, name: string, inputs: Properties) => {
    const urn = `urn:pulumi:surroundings::surroundings::aws:${type}::${name}`;
    const checked = await providers.aws.check?.(urn, {}, inputs);
    return providers.aws.create(urn, checked?.inputs ?? inputs);
  };
  const { id: vpcId } = await create("ec2/vpc:Vpc", "shared", {
    cidrBlock: RANGE,
    enableDnsHostnames: true,
    enableDnsSupport: true,
  });
  const subnets = (kind: string, first: number) =>
    Promise.all(
      ZONES.map(async (availabilityZone, index) => {
        const cidrBlock = `10.64.${first + index}.0/24`;
        const name = `shared-${kind}-${index}`;
        return (await create("ec2/subnet:Subnet", name, { vpcId, cidrBlock, availabilityZone })).id;
      }),
    );
  const [publicSubnetIds, subnetIds] = await Promise.all([subnets("public", 0), subnets("private", 10)]);
  const { id: loadBalancerSecurityGroupId } = await create("ec2/securityGroup:SecurityGroup", "shared", {
    vpcId,
    description: "The shared load balancer",
    ingress: [{ protocol: "tcp", fromPort: 80, toPort: 80, cidrBlocks: ["0.0.0.0/0"] }],
    egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
  });
  const { id: loadBalancerArn, outs } = await create("lb/loadBalancer:LoadBalancer", "shared", {
    loadBalancerType: "application",
    subnets: publicSubnetIds,
    securityGroups: [loadBalancerSecurityGroupId],
  });
  const { id: listenerArn } = await create("lb/listener:Listener", "shared", {
    loadBalancerArn,
    port: 80,
    protocol: "HTTP",
    defaultActions: [
      {
        type: "fixed-response",
        fixedResponse: { statusCode: "404", contentType: "text/plain", messageBody: "" },
      },
    ],
  });
  return {
    ...{ vpcId, subnetIds, publicSubnetIds, loadBalancerArn, listenerArn, loadBalancerSecurityGroupId },
    url: `http://${(outs as { readonly dnsName: string }).dnsName}`,
  };
}
