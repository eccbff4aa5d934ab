import type * as ec2 from "@pulumi/aws/ec2";
import type { CheckFailure } from "../../engine/deploy/provider";
import { awsId } from "../account";
import { covers, overlap, parseCidr } from "../cidr";
import { AwsError, invalidInput, oneOf } from "../errors";
import { type Plain, resourceType, type Service, type StepContext } from "../resource-type";
import { existing, subnetType } from "./lookups";
import { recorded } from "./recorded";

const vpcType = "aws:ec2/vpc:Vpc";
const tableType = "aws:ec2/routeTable:RouteTable";
const gatewayType = "aws:ec2/internetGateway:InternetGateway";
const natType = "aws:ec2/natGateway:NatGateway";
const routeType = "aws:ec2/route:Route";

function* checkCidr(text: string | undefined): Iterable<CheckFailure> {
  if (text === undefined) return;
  const cidr = parseCidr(text);
  if (!cidr || cidr.prefix < 16 || cidr.prefix > 28) {
    yield invalidInput("cidrBlock", "an IPv4 range from /16 to /28 on its own boundary", `"${text}"`);
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
    defaultSecurityGroupId: awsId("sg"),
    mainRouteTableId: awsId("rtb"),
    defaultRouteTableId: awsId("rtb"),
    defaultNetworkAclId: awsId("acl"),
    instanceTenancy: inputs.instanceTenancy ?? "default",
    enableDnsSupport: inputs.enableDnsSupport ?? true,
  }),
  rejectDelete(id, _outs, { world }) {
    const inside = world.resources.of(subnetType).filter(({ outs }) => outs.vpcId === id);
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
      String(existing(world, vpcType, inputs.vpcId, "InvalidVpcID.NotFound").outs.cidrBlock),
    );
    if (!own || !outer || !covers(outer, own)) {
      throw new AwsError(
        "InvalidSubnet.Range",
        `The CIDR '${inputs.cidrBlock}' is invalid: it is not in the VPC's`,
      );
    }
    for (const other of world.resources.of(subnetType)) {
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
    existing(world, tableType, inputs.routeTableId, "InvalidRouteTableID.NotFound");
    const destination = inputs.destinationCidrBlock ?? inputs.destinationIpv6CidrBlock;
    if (inputs.natGatewayId) existing(world, natType, inputs.natGatewayId, "InvalidNatGatewayID.NotFound");
    if (inputs.gatewayId) existing(world, gatewayType, inputs.gatewayId, "InvalidInternetGatewayID.NotFound");
    const same = world.resources.of(routeType).some(({ outs }) => {
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

/** Networks are only recorded, because 127.0.0.1 needs none. */
export const ec2Network: Service = {
  resources: {
    [vpcType]: vpc,
    [subnetType]: subnet,
    [routeType]: route,
    [gatewayType]: recorded<Plain<ec2.InternetGatewayArgs>>({
      prefix: "igw",
      outs: ec2Arn("internet-gateway"),
    }),
    [tableType]: recorded<Plain<ec2.RouteTableArgs>>({
      prefix: "rtb",
      reject: ({ vpcId }, { world }) => void existing(world, vpcType, vpcId, "InvalidVpcID.NotFound"),
      outs: ec2Arn("route-table"),
    }),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": recorded<Plain<ec2.RouteTableAssociationArgs>>({
      prefix: "rtbassoc",
      reject: ({ routeTableId }, { world }) =>
        void existing(world, tableType, routeTableId, "InvalidRouteTableID.NotFound"),
    }),
    "aws:ec2/eip:Eip": recorded<Plain<ec2.EipArgs>>({
      prefix: "eipalloc",
      // From the range that is reserved for documentation.
      outs: (id) => ({ allocationId: id, publicIp: "203.0.113.1" }),
    }),
    [natType]: recorded<Plain<ec2.NatGatewayArgs>>({
      prefix: "nat",
      reject: ({ subnetId }, { world }) =>
        void existing(world, subnetType, subnetId, "InvalidSubnetID.NotFound"),
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
      ...existing(world, vpcType, id, "InvalidVpcID.NotFound").outs,
    }),
    "aws:ec2/getSubnet:getSubnet": ({ id }, world) => ({
      id,
      ...existing(world, subnetType, id, "InvalidSubnetID.NotFound").outs,
    }),
  },
};
