import type * as pulumi from "@pulumi/pulumi";
import { type TaggedArgs, tagsSpec } from "../tags/tagged-args";
import type { ComponentSpec, Requirement } from "../validation/args-spec";
import { requirementIssue } from "../validation/find-issues";
import { subnetList, VPC_ID } from "../validation/formats";
import { RETENTION_DAYS } from "../validation/log-retention";
import { FLOW_LOGS_NAME, nameIssue } from "../validation/names";
import { isPlaceholder } from "../validation/unknown";
import { vpcCidrIssue } from "./address-plan";

/** The number of NAT gateways of a network. */
export const NatGateways = {
  /**
   * One NAT gateway for all zones. It costs less, but if its zone fails, no private subnet has a route to the
   * internet.
   */
  One: "one",
  /** One NAT gateway in each zone. */
  PerZone: "perZone",
} as const;
export type NatGateways = (typeof NatGateways)[keyof typeof NatGateways];

export interface NetworkArgs extends TaggedArgs {
  /**
   * The IPv4 range of a new VPC, /16 to /23. It must start on its own boundary, and is not allowed together with
   * `vpcId`.
   *
   * @default `10.0.0.0/16`
   */
  cidr?: string;
  /**
   * The number of availability zones in which the new VPC has subnets, 2-3.
   *
   * @default 2
   */
  zoneCount?: number;
  /**
   * The NAT gateways of the new VPC.
   *
   * @default `perZone`
   */
  natGateways?: NatGateways;
  /**
   * Gives the new VPC an IPv6 range from Amazon and the public subnets a part of it, for a load balancer with
   * `dualstack`. Instances and databases keep IPv4 only. Set it from the start: a change replaces the public subnets.
   *
   * @default false
   */
  ipv6?: boolean;
  /**
   * The retention of flow logs in days.
   *
   * 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653, as
   * CloudWatch allows; 0 for no flow logs.
   *
   * @default 14
   */
  flowLogRetentionDays?: number;
  /**
   * The id of an existing VPC. It requires all three lists of subnets, and no network resources are created.
   *
   * @default none, a VPC is created
   */
  vpcId?: pulumi.Input<string>;
  /**
   * Subnets of the existing VPC with a route to the internet, in two or more zones.
   *
   * @default none
   */
  publicSubnetIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Subnets of the existing VPC with a route to the internet through NAT, in two or more zones.
   *
   * @default none
   */
  privateSubnetIds?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Subnets of the existing VPC for the database, in two or more zones; they need no route to the internet.
   *
   * @default none
   */
  databaseSubnetIds?: pulumi.Input<pulumi.Input<string>[]>;
}

export const DEFAULT_CIDR = "10.0.0.0/16";

const SUBNET_LISTS = ["publicSubnetIds", "privateSubnetIds", "databaseSubnetIds"] as const;
const NEW_VPC_ARGS = ["cidr", "zoneCount", "natGateways", "ipv6", "flowLogRetentionDays"] as const;

const existingSubnets = { ...subnetList(2), whenOmitted: "none" };

const FLOW_LOG_RETENTION: Requirement<number> = {
  allowed: `0 for no flow logs, or a retention that CloudWatch allows (${RETENTION_DAYS.join(", ")})`,
  holds: (days) => days === 0 || RETENTION_DAYS.includes(days),
};

export const networkSpec = {
  args: {
    cidr: { kind: "string", default: DEFAULT_CIDR },
    zoneCount: { kind: "integer", min: 2, max: 3, default: 2 },
    natGateways: { kind: "enum", values: Object.values(NatGateways), default: NatGateways.PerZone },
    ipv6: { kind: "boolean", default: false },
    flowLogRetentionDays: { kind: "integer", min: 0, max: 3653, default: 14 },
    vpcId: { kind: "string", format: VPC_ID, whenOmitted: "none, a VPC is created", input: true },
    publicSubnetIds: existingSubnets,
    privateSubnetIds: existingSubnets,
    databaseSubnetIds: existingSubnets,
    tags: tagsSpec(),
  },
  checks: [
    {
      reads: ["vpcId"],
      check: (args, name) => (args.vpcId === undefined ? newVpcIssues(args, name) : existingVpcIssues(args)),
    },
  ],
} as const satisfies ComponentSpec<NetworkArgs>;

function newVpcIssues(args: NetworkArgs, name: string) {
  const { cidr, flowLogRetentionDays } = args;
  const remedy = "Give vpcId too, or remove the subnets for a new VPC.";
  return [
    ...SUBNET_LISTS.filter((key) => args[key] !== undefined).map((key) => {
      return { key, allowed: "omitted without vpcId", got: args[key], remedy };
    }),
    flowLogRetentionDays === 0 ? undefined : nameIssue(name, FLOW_LOGS_NAME),
    requirementIssue("flowLogRetentionDays", flowLogRetentionDays, FLOW_LOG_RETENTION),
    typeof cidr === "string" && !isPlaceholder(cidr) ? vpcCidrIssue("cidr", cidr) : undefined,
  ];
}

function existingVpcIssues(args: NetworkArgs) {
  return [
    ...NEW_VPC_ARGS.filter((key) => args[key] !== undefined).map((key) => {
      const remedy = `Remove ${key}, or remove vpcId.`;
      return { key, allowed: "omitted with vpcId (it describes a new VPC)", got: args[key], remedy };
    }),
    ...SUBNET_LISTS.filter((key) => args[key] === undefined).map((key) => {
      const { allowed } = existingSubnets.requirement;
      return { key, allowed, got: undefined, remedy: `Give the ${key} of the existing VPC.` };
    }),
  ];
}
