import * as cloudwatch from "@pulumi/aws/cloudwatch";
import * as ec2 from "@pulumi/aws/ec2";
import { getAvailabilityZonesOutput } from "@pulumi/aws/getAvailabilityZones";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as iam from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { check, checkWhole, InvalidArgumentError, isStandIn } from "../validation/invalid-argument";
import { checkName, FLOW_LOGS } from "../validation/names";
import { subnets as subnetIds, VPC_ID } from "../validation/rules";
import { checkShape } from "../validation/shape";
import { checkTags, withTags } from "../validation/tags";
import { type AddressPlan, planAddresses } from "./address-plan";

/** How many NAT gateways a network has. */
export const NatGateways = {
  /** One for all zones: cheap; when its zone is lost, private subnets lose the internet. */
  One: "one",
  /** One in each zone. */
  PerZone: "perZone",
} as const;
export type NatGateways = (typeof NatGateways)[keyof typeof NatGateways];

export interface NetworkArgs {
  /**
   * The address range of a new VPC: IPv4, /16 to /23, on its own boundary.
   * Default: `10.0.0.0/16`. Not together with `vpcId`.
   */
  cidr?: string;
  /** In how many availability zones the new VPC has subnets: 2 or 3. Default: 2. */
  zoneCount?: number;
  /** NAT gateways of the new VPC. Default: one in each zone. */
  natGateways?: NatGateways;
  /**
   * How long flow logs are kept, in days: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827,
   * 2192, 2557, 2922, 3288 or 3653, as CloudWatch allows it; 0 is no flow logs. Default: 14.
   */
  flowLogRetentionDays?: number;
  /**
   * An existing VPC to use; then all three lists of subnets are required and nothing is created. Default: a new one.
   */
  vpcId?: pulumi.Input<string>;
  /** Subnets of the existing VPC with a route to the internet, in two zones or more. Default: none. */
  publicSubnetIds?: pulumi.Input<pulumi.Input<string>[]>;
  /** Subnets of the existing VPC that reach the internet through NAT, in two zones or more. Default: none. */
  privateSubnetIds?: pulumi.Input<pulumi.Input<string>[]>;
  /** Subnets of the existing VPC for the database, in two zones or more; they need no route out. Default: none. */
  databaseSubnetIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Tags beside the component's own, which they replace where the key is the same; at most 49. A key has 1-128
   * characters and does not begin with `aws:`, a value up to 256: letters, digits, spaces and `_.:/=+-@`.
   * Default: none.
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * Where everything lives: public subnets for the edge load balancer, private ones for the fleets and Lambdas,
 * isolated ones for the database. Either a new VPC, or an existing one by its ids.
 *
 * ```ts
 * const network = new Network("prod", { cidr: "10.20.0.0/16", zoneCount: 3 });
 * ```
 * @throws InvalidArgumentError for a range or a combination that cannot work, before anything is declared.
 */
export class Network extends pulumi.ComponentResource {
  /** The VPC. */
  public readonly vpcId: pulumi.Output<string>;
  /** Subnets with a route to the internet. */
  public readonly publicSubnetIds: pulumi.Output<string[]>;
  /** Subnets that reach the internet through NAT only. */
  public readonly privateSubnetIds: pulumi.Output<string[]>;
  /** Subnets with no route out. */
  public readonly databaseSubnetIds: pulumi.Output<string[]>;

  constructor(name: string, args: NetworkArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    const ground = checkArgs(name, args);
    super("changeover:index:Network", name, args, opts);
    const ids = "plan" in ground ? createVpc(this, name, args, ground.plan) : ground;
    this.vpcId = pulumi.output(ids.vpcId);
    this.publicSubnetIds = pulumi.output(ids.publicSubnetIds);
    this.privateSubnetIds = pulumi.output(ids.privateSubnetIds);
    this.databaseSubnetIds = pulumi.output(ids.databaseSubnetIds);
    this.registerOutputs({
      vpcId: this.vpcId,
      publicSubnetIds: this.publicSubnetIds,
      privateSubnetIds: this.privateSubnetIds,
      databaseSubnetIds: this.databaseSubnetIds,
    });
  }
}

interface NetworkIds {
  readonly vpcId: pulumi.Input<string>;
  readonly publicSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
  readonly privateSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
  readonly databaseSubnetIds: pulumi.Input<pulumi.Input<string>[]>;
}

/** Subnets as others may use them: only when their way out is there, or a server that starts early cannot fetch. */
function usable(subnets: ec2.Subnet[], waysOut: pulumi.CustomResource[]): pulumi.Output<string[]> {
  const ids = subnets.map((subnet) => subnet.id);
  const ready = pulumi.all(waysOut.map((way) => way.id));
  return pulumi.all([pulumi.all(ids), ready]).apply(([usableIds]) => usableIds);
}

const DEFAULT_CIDR = "10.0.0.0/16";
const ID_LISTS = ["publicSubnetIds", "privateSubnetIds", "databaseSubnetIds"] as const;
const NEW_VPC_KEYS = ["cidr", "zoneCount", "natGateways", "flowLogRetentionDays"] as const;

/** The addresses of a new VPC, or the ids of an existing one. */
function checkArgs(name: string, args: NetworkArgs): { plan: AddressPlan } | NetworkIds {
  const what = (key: string) => `Network "${name}": ${key}`;
  checkShape("Network", name, args);
  checkTags(what("tags"), args.tags);
  if (args.vpcId === undefined) {
    const stray = ID_LISTS.find((key) => args[key] !== undefined);
    if (stray) {
      throw new InvalidArgumentError({
        what: what(stray),
        got: "subnets without vpcId",
        allowed: "subnets of an existing VPC, together with its vpcId",
        todo: "Give vpcId too, or leave the subnets out for a new VPC.",
      });
    }
    if (args.flowLogRetentionDays !== 0) checkName("Network", name, FLOW_LOGS);
    checkWhole(what("zoneCount"), args.zoneCount, 2, 3);
    check(what("flowLogRetentionDays"), args.flowLogRetentionDays, RETENTION_DAYS);
    // A preview that does not know the range shows the subnets of another one.
    const cidr = isStandIn(args.cidr) ? DEFAULT_CIDR : (args.cidr ?? DEFAULT_CIDR);
    return { plan: planAddresses(what("cidr"), cidr, args.zoneCount ?? 2) };
  }
  const clash = NEW_VPC_KEYS.find((key) => args[key] !== undefined);
  if (clash) {
    throw new InvalidArgumentError({
      what: what(clash),
      got: args[clash],
      allowed: "nothing when vpcId is given (it describes a new VPC)",
      todo: `Remove ${clash}, or remove vpcId.`,
    });
  }
  const given = (key: (typeof ID_LISTS)[number]) => {
    const ids = args[key];
    const rule = subnetIds(2);
    check(what(key), ids, rule);
    if (ids !== undefined) return ids;
    const todo = `List the VPC's ${key}.`;
    throw new InvalidArgumentError({ what: what(key), got: ids, allowed: rule.allowed, todo });
  };
  check(what("vpcId"), args.vpcId, VPC_ID);
  return {
    vpcId: args.vpcId,
    publicSubnetIds: given("publicSubnetIds"),
    privateSubnetIds: given("privateSubnetIds"),
    databaseSubnetIds: given("databaseSubnetIds"),
  };
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTIONS = [
  ...[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
  ],
];
const RETENTION_DAYS = {
  allowed: `0 for no flow logs, or what CloudWatch allows: ${RETENTIONS.join(", ")}`,
  holds: (days: number) => days === 0 || RETENTIONS.includes(days),
};

function createVpc(parent: Network, name: string, args: NetworkArgs, addresses: AddressPlan): NetworkIds {
  const natPerZone = (args.natGateways ?? NatGateways.PerZone) === NatGateways.PerZone;
  const opts = { parent };
  const tags = (suffix: string) => withTags(args.tags, { name: `${name}-${suffix}` });
  // Not local zones, which an account may have switched on: they come first in the list and have few services.
  const filters = [{ name: "zone-type", values: ["availability-zone"] }];
  const zones = getAvailabilityZonesOutput({ filters }, opts).names;

  const vpc = new ec2.Vpc(
    `${name}-vpc`,
    {
      cidrBlock: args.cidr ?? DEFAULT_CIDR,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: tags("vpc"),
    },
    opts,
  );
  // The default security group lets its members talk to each other; without rules nobody can use it by accident.
  new ec2.DefaultSecurityGroup(`${name}-default`, { vpcId: vpc.id, tags: tags("unused") }, opts);

  const subnets = (kind: string, cidrs: readonly string[]) =>
    cidrs.map((cidrBlock, zone) => {
      const suffix = `${kind}-${zone + 1}`;
      const availabilityZone = zones.apply((names) => zoneNamed(names, zone));
      return new ec2.Subnet(
        `${name}-${suffix}`,
        { vpcId: vpc.id, cidrBlock, availabilityZone, tags: tags(suffix) },
        // Chosen once: a zone that joins the list or leaves it must not move what is in use.
        { parent, ignoreChanges: ["availabilityZone"] },
      );
    });
  const publicSubnets = subnets("public", addresses.publicCidrs);
  const privateSubnets = subnets("private", addresses.privateCidrs);
  const databaseSubnets = subnets("database", addresses.databaseCidrs);

  const waysOut: pulumi.CustomResource[] = [];
  const routeTable = (suffix: string, members: ec2.Subnet[]) => {
    const table = new ec2.RouteTable(`${name}-${suffix}`, { vpcId: vpc.id, tags: tags(suffix) }, opts);
    members.forEach((subnet, index) => {
      const association = { routeTableId: table.id, subnetId: subnet.id };
      waysOut.push(new ec2.RouteTableAssociation(`${name}-${suffix}-${index + 1}`, association, opts));
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

  const natGateways = publicSubnets.slice(0, natPerZone ? undefined : 1).map((subnet, index) => {
    const suffix = `nat-${index + 1}`;
    const address = new ec2.Eip(`${name}-${suffix}`, { domain: "vpc", tags: tags(suffix) }, opts);
    return new ec2.NatGateway(
      `${name}-${suffix}`,
      { subnetId: subnet.id, allocationId: address.allocationId, tags: tags(suffix) },
      { parent, dependsOn: [publicRoute] },
    );
  });
  const privateTables = privateSubnets.map((subnet, index) => {
    const table = routeTable(`private-${index + 1}`, [subnet]);
    const nat = natGateways[Math.min(index, natGateways.length - 1)];
    waysOut.push(
      new ec2.Route(
        `${name}-private-${index + 1}-nat`,
        { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat?.id },
        opts,
      ),
    );
    return table;
  });
  routeTable("database", databaseSubnets);

  new ec2.VpcEndpoint(
    `${name}-s3`,
    {
      vpcId: vpc.id,
      vpcEndpointType: "Gateway",
      serviceName: pulumi.interpolate`com.amazonaws.${getRegionOutput({}, opts).region}.s3`,
      routeTableIds: privateTables.map((table) => table.id),
      tags: tags("s3"),
    },
    opts,
  );
  flowLogs(parent, name, vpc, args);
  return {
    vpcId: vpc.id,
    publicSubnetIds: usable(publicSubnets, [publicRoute]),
    privateSubnetIds: usable(privateSubnets, waysOut),
    databaseSubnetIds: databaseSubnets.map((subnet) => subnet.id),
  };
}

function zoneNamed(names: string[], index: number): string {
  const zone = names[index];
  if (zone === undefined) {
    throw new InvalidArgumentError({
      what: "Network: zoneCount",
      got: index + 1,
      allowed: `at most ${names.length} in this region`,
      todo: "Take fewer zones or another region.",
    });
  }
  return zone;
}

function flowLogs(parent: Network, name: string, vpc: ec2.Vpc, args: NetworkArgs): void {
  const retentionInDays = args.flowLogRetentionDays ?? 14;
  if (retentionInDays === 0) return;
  const opts = { parent };
  const tags = withTags(args.tags, { name: `${name}-flow` });
  const group = new cloudwatch.LogGroup(`${name}-flow`, { retentionInDays, tags }, opts);
  const role = new iam.Role(
    `${name}-flow`,
    { assumeRolePolicy: iam.assumeRolePolicyForPrincipal({ Service: "vpc-flow-logs.amazonaws.com" }), tags },
    opts,
  );
  const policy = new iam.RolePolicy(
    `${name}-flow`,
    {
      role: role.id,
      policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: [
              "logs:CreateLogStream",
              "logs:PutLogEvents",
              "logs:DescribeLogGroups",
              "logs:DescribeLogStreams",
            ],
            Resource: [group.arn, pulumi.interpolate`${group.arn}:*`],
          },
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
