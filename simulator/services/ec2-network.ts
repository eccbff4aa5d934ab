import type * as ec2 from "@pulumi/aws/ec2";
import type { CheckFailure } from "../../engine/deploy/provider";
import { awsId } from "../account";
import { covers, overlap, parseCidr } from "../cidr";
import { AwsError, invalidInput, oneOf } from "../errors";
import { type Plain, resourceType, type Service, type StepContext } from "../resource-type";
import { existing, SUBNET_TYPE } from "./lookups";
import { recorded } from "./recorded";

const VPC_TYPE = "aws:ec2/vpc:Vpc";
const TABLE_TYPE = "aws:ec2/routeTable:RouteTable";
const GATEWAY_TYPE = "aws:ec2/internetGateway:InternetGateway";
const NAT_TYPE = "aws:ec2/natGateway:NatGateway";
const ROUTE_TYPE = "aws:ec2/route:Route";

function* checkCidr(text: string | undefined): Iterable<CheckFailure> {
  if (text === undefined) return;
  const cidr = parseCidr(text);
  if (!cidr || cidr.prefix < 16 || cidr.prefix > 28) {
    yield invalidInput(
      "cidrBlock",
      "an IPv4 range from /16 to /28 without host bits, such as 10.0.0.0/16",
      `"${text}"`,
    );
  }
}

function ec2Arn(kind: string) {
  return (id: string, _inputs: object, { world }: StepContext) => ({
    arn: world.account.arn("ec2", `${kind}/${id}`),
    ownerId: world.account.id,
  });
}

const vpc = recorded<Plain<ec2.VpcArgs>>({
  prefix: "vpc",
  check: (inputs) => checkCidr(inputs.cidrBlock),
  outs: (id, inputs, call) => ({
    ...ec2Arn("vpc")(id, inputs, call),
    // A range that is reserved for documentation.
    ...(inputs.assignGeneratedIpv6CidrBlock ? { ipv6CidrBlock: "2001:db8:0:aa00::/56" } : {}),
    defaultSecurityGroupId: awsId("sg"),
    mainRouteTableId: awsId("rtb"),
    defaultRouteTableId: awsId("rtb"),
    defaultNetworkAclId: awsId("acl"),
    instanceTenancy: inputs.instanceTenancy ?? "default",
    enableDnsSupport: inputs.enableDnsSupport ?? true,
  }),
  rejectDelete(id, _outs, { world }) {
    const inside = world.resources.of(SUBNET_TYPE).filter(({ outs }) => outs.vpcId === id);
    if (inside.length > 0) {
      throw new AwsError("DependencyViolation", `The vpc '${id}' has dependencies and cannot be deleted`);
    }
  },
});

const subnet = recorded<Plain<ec2.SubnetArgs>>({
  prefix: "subnet",
  *check(inputs, world) {
    yield* checkCidr(inputs.cidrBlock);
    yield* oneOf("availabilityZone", inputs.availabilityZone, world.account.zones);
  },
  reject(inputs, { world }, id) {
    const own = parseCidr(inputs.cidrBlock ?? "");
    const outer = parseCidr(
      String(existing(world, VPC_TYPE, inputs.vpcId, "InvalidVpcID.NotFound").outs.cidrBlock),
    );
    if (!own || !outer || !covers(outer, own)) {
      throw new AwsError(
        "InvalidSubnet.Range",
        `The CIDR '${inputs.cidrBlock}' is invalid: it is not within the CIDR of the VPC`,
      );
    }
    for (const other of world.resources.of(SUBNET_TYPE)) {
      const taken = parseCidr(String(other.outs.cidrBlock));
      if (other.id === id || other.outs.vpcId !== inputs.vpcId || !taken || !overlap(own, taken)) continue;
      const text = `The CIDR '${inputs.cidrBlock}' conflicts with another subnet (${other.id})`;
      throw new AwsError("InvalidSubnet.Conflict", text);
    }
  },
  outs: (id, inputs, call) => ({
    ...ec2Arn("subnet")(id, inputs, call),
    availabilityZone: inputs.availabilityZone ?? call.world.account.zones[0],
    mapPublicIpOnLaunch: inputs.mapPublicIpOnLaunch ?? false,
  }),
});

const route = resourceType<Plain<ec2.RouteArgs>>({
  create(inputs, { world }) {
    existing(world, TABLE_TYPE, inputs.routeTableId, "InvalidRouteTableID.NotFound");
    const destination = inputs.destinationCidrBlock ?? inputs.destinationIpv6CidrBlock;
    if (inputs.natGatewayId) existing(world, NAT_TYPE, inputs.natGatewayId, "InvalidNatGatewayID.NotFound");
    if (inputs.gatewayId)
      existing(world, GATEWAY_TYPE, inputs.gatewayId, "InvalidInternetGatewayID.NotFound");
    const same = world.resources.of(ROUTE_TYPE).some(({ outs }) => {
      return outs.routeTableId === inputs.routeTableId && outs.destinationCidrBlock === destination;
    });
    if (same)
      throw new AwsError("RouteAlreadyExists", `The route identified by ${destination} already exists`);
    return {
      id: `r-${inputs.routeTableId}-${destination}`,
      outs: { state: "active", origin: "CreateRoute" },
    };
  },
});

/** Networks are only recorded, because everything runs on 127.0.0.1. */
export const ec2Network: Service = {
  resources: {
    [VPC_TYPE]: vpc,
    [SUBNET_TYPE]: subnet,
    [ROUTE_TYPE]: route,
    [GATEWAY_TYPE]: recorded<Plain<ec2.InternetGatewayArgs>>({
      prefix: "igw",
      outs: ec2Arn("internet-gateway"),
    }),
    [TABLE_TYPE]: recorded<Plain<ec2.RouteTableArgs>>({
      prefix: "rtb",
      reject: ({ vpcId }, { world }) => void existing(world, VPC_TYPE, vpcId, "InvalidVpcID.NotFound"),
      outs: ec2Arn("route-table"),
    }),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": recorded<Plain<ec2.RouteTableAssociationArgs>>({
      prefix: "rtbassoc",
      reject: ({ routeTableId }, { world }) =>
        void existing(world, TABLE_TYPE, routeTableId, "InvalidRouteTableID.NotFound"),
    }),
    "aws:ec2/eip:Eip": recorded<Plain<ec2.EipArgs>>({
      prefix: "eipalloc",
      // An address from a range that is reserved for documentation.
      outs: (id) => ({ allocationId: id, publicIp: "203.0.113.1" }),
    }),
    [NAT_TYPE]: recorded<Plain<ec2.NatGatewayArgs>>({
      prefix: "nat",
      reject: ({ subnetId }, { world }) =>
        void existing(world, SUBNET_TYPE, subnetId, "InvalidSubnetID.NotFound"),
    }),
    "aws:ec2/vpcEndpoint:VpcEndpoint": recorded<Plain<ec2.VpcEndpointArgs>>({
      prefix: "vpce",
      outs: (id, inputs, call) => ({ ...ec2Arn("vpc-endpoint")(id, inputs, call), state: "available" }),
    }),
    "aws:ec2/flowLog:FlowLog": recorded<Plain<ec2.FlowLogArgs>>({
      prefix: "fl",
      outs: ec2Arn("vpc-flow-log"),
    }),
  },
  dataSources: {
    "aws:ec2/getVpc:getVpc": ({ id }, world) => ({
      id,
      ...existing(world, VPC_TYPE, id, "InvalidVpcID.NotFound").outs,
    }),
    "aws:ec2/getSubnet:getSubnet": ({ id }, world) => ({
      id,
      ...existing(world, SUBNET_TYPE, id, "InvalidSubnetID.NotFound").outs,
    }),
  },
};
