import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import { getAvailabilityZonesOutput } from "@pulumi/aws/getAvailabilityZones";
import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { withTags } from "../tags/resource-tags";
import { isPlaceholder } from "../validation/unknown";
import { inputError, validateArgs, type WithDefaults } from "../validation/validate-args";
import { planAddresses } from "./address-plan";
import { ipv6Subnet } from "./ipv6-range";
import { DEFAULT_CIDR, NatGateways, type NetworkArgs, networkSpec } from "./network-args";

type NetworkSettings = WithDefaults<NetworkArgs, typeof networkSpec>;

/**
 * A VPC with public subnets for the edge load balancer, private subnets for the fleets and Lambdas, and isolated
 * subnets for the database. The VPC is created, or an existing one is used.
 *
 * ```ts
 * const network = new Network("prod", { cidr: "10.20.0.0/16", zoneCount: 3 });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args, also for args that exclude each other.
 */
export class Network extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = networkSpec;

  /** The id of the VPC. */
  public readonly vpcId: pulumi.Output<string>;
  /** Subnets with a route to the internet. */
  public readonly publicSubnetIds: pulumi.Output<string[]>;
  /** Subnets with a route to the internet through NAT only. */
  public readonly privateSubnetIds: pulumi.Output<string[]>;
  /** Subnets without a route to the internet. */
  public readonly databaseSubnetIds: pulumi.Output<string[]>;
  /**
   * The public addresses of the NAT gateways, from which instances and functions connect to the internet. Empty for an
   * existing VPC.
   */
  public readonly natAddresses: pulumi.Output<string[]>;
  /** The route tables, e.g. for a peering connection; empty lists for an existing VPC. */
  public readonly routeTableIds: RouteTableIds;

  constructor(name: string, args: NetworkArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    const settings = validateArgs(Network, name, args, opts);
    super("changeover:index:Network", name, args, opts);
    const ids =
      args.vpcId === undefined ? createVpc(this, name, settings) : { ...EXISTING, ...(args as SubnetIds) };
    this.vpcId = pulumi.output(ids.vpcId);
    this.publicSubnetIds = pulumi.output(ids.publicSubnetIds);
    this.privateSubnetIds = pulumi.output(ids.privateSubnetIds);
    this.databaseSubnetIds = pulumi.output(ids.databaseSubnetIds);
    this.natAddresses = pulumi.output(ids.natAddresses);
    this.routeTableIds = {
      public: pulumi.output(ids.routeTableIds.public),
      private: pulumi.output(ids.routeTableIds.private),
      database: pulumi.output(ids.routeTableIds.database),
    };
    this.registerOutputs({
      vpcId: this.vpcId,
      publicSubnetIds: this.publicSubnetIds,
      privateSubnetIds: this.privateSubnetIds,
      databaseSubnetIds: this.databaseSubnetIds,
      natAddresses: this.natAddresses,
      routeTableIds: this.routeTableIds,
    });
  }
}

/** The route tables of a new VPC, by the kind of their subnets. */
export interface RouteTableIds {
  /** The table of the public subnets. */
  public: pulumi.Output<string[]>;
  /** The tables of the private subnets, one for each zone. */
  private: pulumi.Output<string[]>;
  /** The table of the database subnets. */
  database: pulumi.Output<string[]>;
}

const EXISTING = { natAddresses: [], routeTableIds: { public: [], private: [], database: [] } };

interface NetworkIds extends SubnetIds {
  readonly natAddresses: pulumi.Input<pulumi.Input<string>[]>;
  readonly routeTableIds: Readonly<Record<keyof RouteTableIds, pulumi.Input<pulumi.Input<string>[]>>>;
}

interface SubnetIds {
  readonly vpcId: pulumi.Input<string>;
  readonly publicSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
  readonly privateSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
  readonly databaseSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * Returns ids that are known only once the routes of the subnets exist, because an instance that starts earlier
 * cannot fetch its software.
 */
function routedIds(subnets: ec2.Subnet[], routes: pulumi.CustomResource[]): pulumi.Output<string[]> {
  const ids = subnets.map((subnet) => subnet.id);
  const ready = pulumi.all(routes.map((route) => route.id));
  return pulumi.all([pulumi.all(ids), ready]).apply(([subnetIds]) => subnetIds);
}

function createVpc(parent: Network, name: string, args: NetworkSettings): NetworkIds {
  // A preview in which the range is still unknown shows the subnets of the default range.
  const addresses = planAddresses(isPlaceholder(args.cidr) ? DEFAULT_CIDR : args.cidr, args.zoneCount);
  const natPerZone = args.natGateways === NatGateways.PerZone;
  const opts = { parent };
  const tags = (suffix: string) => withTags(args.tags, { name: `${name}-${suffix}` });
  // Local zones, which an account may have enabled, are listed first and have few services.
  const filters = [{ name: "zone-type", values: ["availability-zone"] }];
  const zones = getAvailabilityZonesOutput({ filters }, opts).names;

  const vpc = new ec2.Vpc(
    `${name}-vpc`,
    {
      cidrBlock: args.cidr,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      assignGeneratedIpv6CidrBlock: args.ipv6 ? true : undefined,
      tags: tags("vpc"),
    },
    opts,
  );
  // The empty rules remove the default ones, which let members of this security group connect to each other.
  new ec2.DefaultSecurityGroup(`${name}-default`, { vpcId: vpc.id, tags: tags("unused") }, opts);

  const subnets = (kind: string, cidrs: readonly string[], hasIpv6 = false) =>
    cidrs.map((cidrBlock, zone) => {
      const suffix = `${kind}-${zone + 1}`;
      const availabilityZone = zones.apply((names) => zoneNamed(names, zone));
      return new ec2.Subnet(
        `${name}-${suffix}`,
        {
          vpcId: vpc.id,
          cidrBlock,
          ipv6CidrBlock: hasIpv6 ? vpc.ipv6CidrBlock.apply((range) => ipv6Subnet(range, zone)) : undefined,
          availabilityZone,
          tags: tags(suffix),
        },
        // When AWS adds a zone to the region, existing subnets must stay in their zones.
        { parent, ignoreChanges: ["availabilityZone"] },
      );
    });
  const publicSubnets = subnets("public", addresses.publicCidrs, args.ipv6);
  const privateSubnets = subnets("private", addresses.privateCidrs);
  const databaseSubnets = subnets("database", addresses.databaseCidrs);

  const routes: pulumi.CustomResource[] = [];
  const routeTable = (suffix: string, members: ec2.Subnet[]) => {
    const table = new ec2.RouteTable(`${name}-${suffix}`, { vpcId: vpc.id, tags: tags(suffix) }, opts);
    members.forEach((subnet, index) => {
      const association = { routeTableId: table.id, subnetId: subnet.id };
      routes.push(new ec2.RouteTableAssociation(`${name}-${suffix}-${index + 1}`, association, opts));
    });
    return table;
  };

  const gateway = new ec2.InternetGateway(
    `${name}-internet`,
    { vpcId: vpc.id, tags: tags("internet") },
    opts,
  );
  const publicTable = routeTable("public", publicSubnets);
  const publicRoute = new ec2.Route(
    `${name}-public-internet`,
    { routeTableId: publicTable.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
    opts,
  );

  if (args.ipv6) {
    new ec2.Route(
      `${name}-public-internet-ipv6`,
      { routeTableId: publicTable.id, destinationIpv6CidrBlock: "::/0", gatewayId: gateway.id },
      opts,
    );
  }

  const addressesOfNat: ec2.Eip[] = [];
  const natGateways = publicSubnets.slice(0, natPerZone ? undefined : 1).map((subnet, index) => {
    const suffix = `nat-${index + 1}`;
    const address = new ec2.Eip(`${name}-${suffix}`, { domain: "vpc", tags: tags(suffix) }, opts);
    addressesOfNat.push(address);
    return new ec2.NatGateway(
      `${name}-${suffix}`,
      { subnetId: subnet.id, allocationId: address.allocationId, tags: tags(suffix) },
      { parent, dependsOn: [publicRoute] },
    );
  });
  const privateTables = privateSubnets.map((subnet, index) => {
    const table = routeTable(`private-${index + 1}`, [subnet]);
    const nat = natGateways[Math.min(index, natGateways.length - 1)];
    routes.push(
      new ec2.Route(
        `${name}-private-${index + 1}-nat`,
        { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat?.id },
        opts,
      ),
    );
    return table;
  });
  const databaseTable = routeTable("database", databaseSubnets);

  new ec2.VpcEndpoint(
    `${name}-s3`,
    {
      vpcId: vpc.id,
      vpcEndpointType: "Gateway",
      serviceName: pulumi.interpolate`com.amazonaws.${getRegionOutput({}, opts).region}.s3`,
      routeTableIds: privateTables.map((table) => table.id),
      policy: s3EndpointPolicy(opts),
      tags: tags("s3"),
    },
    opts,
  );
  flowLogs(parent, name, vpc, args);
  return {
    vpcId: vpc.id,
    publicSubnetIds: routedIds(publicSubnets, [publicRoute]),
    privateSubnetIds: routedIds(privateSubnets, routes),
    databaseSubnetIds: databaseSubnets.map((subnet) => subnet.id),
    natAddresses: addressesOfNat.map(({ publicIp }) => publicIp),
    routeTableIds: {
      public: [publicTable.id],
      private: privateTables.map(({ id }) => id),
      database: [databaseTable.id],
    },
  };
}

function zoneNamed(names: string[], index: number): string {
  const zone = names[index];
  if (zone !== undefined) return zone;
  const allowed = `at most ${names.length} in this region`;
  const remedy = "Use fewer zones or another region.";
  throw inputError("Network", [{ key: "zoneCount", allowed, got: index + 1, remedy }]);
}

/**
 * The policy of the S3 endpoint: principals of this account may do what their own policies allow, and everyone may read
 * what is public, such as the package repositories of Amazon Linux. Data cannot be written with foreign credentials.
 */
function s3EndpointPolicy(opts: pulumi.InvokeOptions): pulumi.Output<string> {
  const Condition = {
    StringEquals: { "aws:PrincipalAccount": getCallerIdentityOutput({}, opts).accountId },
  };
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: "*", Action: "s3:*", Resource: "*", Condition },
      { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*" },
    ],
  });
}

/** The trust policy of the flow log's role: only flow logs of this account may use it. */
function flowLogTrust(opts: pulumi.InvokeOptions): pulumi.Output<string> {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "vpc-flow-logs.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "aws:SourceAccount": getCallerIdentityOutput({}, opts).accountId } },
      },
    ],
  });
}

function flowLogs(parent: Network, name: string, vpc: ec2.Vpc, args: NetworkSettings): void {
  const retentionInDays = args.flowLogRetentionDays;
  if (retentionInDays === 0) return;
  const opts = { parent };
  const tags = withTags(args.tags, { name: `${name}-flow` });
  const group = new cloudwatch.LogGroup(`${name}-flow`, { retentionInDays, tags }, opts);
  const role = new iam.Role(`${name}-flow`, { assumeRolePolicy: flowLogTrust(opts), tags }, opts);
  const policy = new iam.RolePolicy(
    `${name}-flow`,
    {
      role: role.id,
      policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            Resource: [group.arn, pulumi.interpolate`${group.arn}:*`],
          },
          // The action has no resource-level permissions.
          { Effect: "Allow", Action: "logs:DescribeLogGroups", Resource: "*" },
        ],
      }),
    },
    opts,
  );
  new ec2.FlowLog(
    `${name}-flow`,
    { vpcId: vpc.id, trafficType: "ALL", logDestination: group.arn, iamRoleArn: role.arn, tags },
    { parent, dependsOn: [policy] },
  );
}
