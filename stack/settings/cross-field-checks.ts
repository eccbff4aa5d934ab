import { windowIssues } from "../../components/database/rds-windows";
import { cidrIssue, vpcCidrIssue } from "../../components/network/address-plan";
import { requirementIssue } from "../../components/validation/find-issues";
import { LOG_RETENTION } from "../../components/validation/log-retention";
import { type ValidationIssue, ValueDescription } from "../../components/validation/validation-issue";
import { releaseIssues } from "../plan/wanted-release";
import { SETTINGS, type Settings, wantedRelease } from "./settings";

/** A check that compares settings which are valid individually. */
export interface CrossFieldCheck {
  /** The settings or groups that the check reads. It is skipped if one of them is invalid itself. */
  readonly reads: readonly string[];
  readonly issues: (settings: Settings, stack: string) => ValidationIssue[];
}

export const CROSS_FIELD_CHECKS: readonly CrossFieldCheck[] = [
  { reads: ["name"], issues: nameIssues },
  { reads: ["web"], issues: ({ web }) => instanceIssues("web", web) },
  { reads: ["app"], issues: ({ app }) => instanceIssues("app", app) },
  { reads: ["domainName", "hostedZoneId", "certificateArn", "allowPlainHttp"], issues: httpsIssues },
  { reads: ["network"], issues: ({ network }) => networkIssues(network) },
  { reads: ["allowedCidrs"], issues: ({ allowedCidrs = [] }) => allowedCidrs.flatMap(rangeIssues) },
  {
    reads: ["logRetentionDays"],
    issues: ({ logRetentionDays }) => retentionIssues("logRetentionDays", logRetentionDays),
  },
  {
    reads: ["network.flowLogRetentionDays"],
    issues: ({ network: { flowLogRetentionDays } }) =>
      flowLogRetentionDays === 0 ? [] : retentionIssues("network.flowLogRetentionDays", flowLogRetentionDays),
  },
  { reads: ["database"], issues: ({ database }) => windowIssues(database, "database.") },
  {
    reads: ["network.cidr", "network.vpcId"],
    issues: ({ network }) => (network.vpcId === undefined ? addressIssues(network.cidr) : []),
  },
  {
    reads: ["live", "blueVersion", "greenVersion", "canaryPercent", "idle"],
    issues: (settings) => releaseIssues(wantedRelease(settings)),
  },
];

function rangeIssues(cidr: string, index: number): ValidationIssue[] {
  const issue = cidrIssue(`allowedCidrs[${index}]`, cidr);
  return issue === undefined ? [] : [issue];
}

function retentionIssues(key: string, days: number | undefined): ValidationIssue[] {
  const issue = requirementIssue(key, days, LOG_RETENTION);
  return issue === undefined ? [] : [issue];
}

function nameIssues({ name }: Settings, stack: string): ValidationIssue[] {
  if (name !== undefined || SETTINGS.name.schema.safeParse(stack).success) return [];
  return [
    {
      key: "name",
      got: new ValueDescription(`nothing, and the stack's name ${JSON.stringify(stack)} is invalid`),
      allowed: SETTINGS.name.allowed,
      remedy: "Set it: `pulumi config set name …`.",
    },
  ];
}

function instanceIssues(tier: string, { minInstances, maxInstances }: Settings["web"]): ValidationIssue[] {
  if (minInstances <= maxInstances) return [];
  return [
    {
      key: `${tier}.maxInstances`,
      got: maxInstances,
      allowed: `${minInstances} (${tier}.minInstances) or more`,
      remedy: `Set it higher, \`pulumi config set --path ${tier}.maxInstances …\`, or lower ${tier}.minInstances.`,
    },
  ];
}

const OR_PLAIN_HTTP =
  "or set allowPlainHttp to true to serve without encryption (for trials only): `pulumi config set allowPlainHttp true`.";

function httpsIssues({
  domainName,
  hostedZoneId,
  certificateArn,
  allowPlainHttp,
}: Settings): ValidationIssue[] {
  if (allowPlainHttp) {
    if (certificateArn !== undefined) {
      return [
        {
          key: "allowPlainHttp",
          got: true,
          allowed: "false while certificateArn is set",
          remedy: "Remove one of the two.",
        },
      ];
    }
    if (hostedZoneId === undefined || domainName !== undefined) return [];
    return [
      {
        key: "hostedZoneId",
        got: hostedZoneId,
        allowed: "unset without domainName",
        remedy: "Set domainName, or remove hostedZoneId.",
      },
    ];
  }
  if (domainName === undefined) {
    return [
      {
        key: "domainName",
        got: undefined,
        allowed: "the DNS name that clients call because allowPlainHttp is false",
        remedy: `Set it, with hostedZoneId (a certificate is requested) or certificateArn; ${OR_PLAIN_HTTP}`,
      },
    ];
  }
  if (certificateArn !== undefined || hostedZoneId !== undefined) return [];
  return [
    {
      key: "certificateArn",
      got: undefined,
      allowed: `${SETTINGS.certificateArn.allowed} for ${domainName} because no hostedZoneId is set to request one with`,
      remedy: `Set hostedZoneId or certificateArn; ${OR_PLAIN_HTTP}`,
    },
  ];
}

const NEW_VPC_KEYS = ["cidr", "zoneCount", "natGateways"] as const;
const EXISTING_VPC_KEYS = ["publicSubnetIds", "privateSubnetIds", "databaseSubnetIds"] as const;

function networkIssues(network: Settings["network"]): ValidationIssue[] {
  if (network.vpcId === undefined) {
    return [
      ...EXISTING_VPC_KEYS.filter((key) => network[key] !== undefined).map((key) => ({
        key: `network.${key}`,
        got: network[key],
        allowed: "unset without network.vpcId because a new VPC gets its own subnets",
        remedy: `Set network.vpcId too, or remove network.${key}.`,
      })),
    ];
  }
  return [
    ...NEW_VPC_KEYS.filter((key) => network[key] !== undefined).map((key) => ({
      key: `network.${key}`,
      got: network[key],
      allowed: "unset while network.vpcId is set because it describes a new VPC",
      remedy: `Remove network.${key} or network.vpcId.`,
    })),
    ...EXISTING_VPC_KEYS.filter((key) => network[key] === undefined).map((key) => ({
      key: `network.${key}`,
      got: undefined,
      allowed: `${SETTINGS.network[key].allowed}, of the existing VPC`,
      remedy: `Set the first: \`pulumi config set --path 'network.${key}[0]' …\`.`,
    })),
  ];
}

function addressIssues(cidr: string | undefined): ValidationIssue[] {
  const issue = cidr === undefined ? undefined : vpcCidrIssue("network.cidr", cidr);
  return issue === undefined ? [] : [issue];
}
