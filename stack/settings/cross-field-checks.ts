import { planAddresses } from "../../components/network/address-plan";
import { InvalidArgumentError, Words } from "../../components/validation/invalid-argument";
import type { Refusal } from "../validation-error";
import { SETTINGS, type Settings } from "./settings";

/** What can be wrong with settings that are each right. */
export interface Combination {
  /** Settings, or groups of them, that this check reads. It is skipped while one of them is itself invalid. */
  readonly reads: readonly string[];
  readonly refuse: (settings: Settings, stack: string) => Refusal[];
}

export const COMBINATIONS: readonly Combination[] = [
  { reads: ["name"], refuse: refuseName },
  { reads: ["web"], refuse: ({ web }) => refuseInstances("web", web) },
  { reads: ["app"], refuse: ({ app }) => refuseInstances("app", app) },
  { reads: ["domainName", "hostedZoneId", "certificateArn", "allowPlainHttp"], refuse: refuseEncryption },
  { reads: ["network"], refuse: refuseNetwork },
];

function refuseName({ name }: Settings, stack: string): Refusal[] {
  if (name !== undefined || SETTINGS.name.schema.safeParse(stack).success) return [];
  return [
    {
      what: "name",
      got: new Words(`nothing, and the stack's name ${JSON.stringify(stack)} cannot stand in for it`),
      allowed: SETTINGS.name.allowed,
      todo: "Set it: `pulumi config set name …`.",
    },
  ];
}

function refuseInstances(tier: string, { minInstances, maxInstances }: Settings["web"]): Refusal[] {
  if (minInstances <= maxInstances) return [];
  return [
    {
      what: `${tier}.maxInstances`,
      got: maxInstances,
      allowed: `${minInstances} (${tier}.minInstances) or more`,
      // Its default may be what is too low.
      todo: `Set it higher, \`pulumi config set --path ${tier}.maxInstances …\`, or lower ${tier}.minInstances.`,
    },
  ];
}

function refuseEncryption(settings: Settings): Refusal[] {
  const { domainName, hostedZoneId, certificateArn, allowPlainHttp } = settings;
  if (allowPlainHttp && certificateArn !== undefined) {
    return [
      {
        what: "allowPlainHttp",
        got: true,
        allowed: "false while certificateArn is set",
        todo: "Remove one of the two.",
      },
    ];
  }
  const orPlain =
    "or set allowPlainHttp to true to serve users without encryption (for trials only): `pulumi config set allowPlainHttp true`.";
  if (domainName === undefined && hostedZoneId !== undefined && allowPlainHttp) {
    return [
      {
        what: "hostedZoneId",
        got: hostedZoneId,
        allowed: "nothing without domainName, the name that it would hold",
        todo: "Set domainName, or remove hostedZoneId.",
      },
    ];
  }
  if (allowPlainHttp) return [];
  if (domainName === undefined) {
    return [
      {
        what: "domainName",
        got: undefined,
        allowed: "the DNS name that users call, because they are served by HTTPS",
        todo: `Set it, with hostedZoneId (a certificate is requested) or certificateArn; ${orPlain}`,
      },
    ];
  }
  if (certificateArn !== undefined || hostedZoneId !== undefined) return [];
  return [
    {
      what: "certificateArn",
      got: undefined,
      allowed: `${SETTINGS.certificateArn.allowed} for ${domainName}, because no hostedZoneId is set with which one could be requested`,
      todo: `Set hostedZoneId or certificateArn; ${orPlain}`,
    },
  ];
}

const FRESH = ["cidr", "zoneCount", "natGateways"] as const;
const EXISTING = ["publicSubnetIds", "privateSubnetIds", "databaseSubnetIds"] as const;

function refuseNetwork({ network }: Settings): Refusal[] {
  if (network.vpcId === undefined) {
    return [
      ...EXISTING.filter((key) => network[key] !== undefined).map((key) => ({
        what: `network.${key}`,
        got: network[key],
        allowed: "nothing without network.vpcId, because a new VPC gets subnets of its own",
        todo: `Set network.vpcId too, or remove network.${key}.`,
      })),
      ...refuseRange(network.cidr),
    ];
  }
  return [
    ...FRESH.filter((key) => network[key] !== undefined).map((key) => ({
      what: `network.${key}`,
      got: network[key],
      allowed: "nothing while network.vpcId is set, because it describes a new VPC",
      todo: `Remove network.${key} or network.vpcId.`,
    })),
    ...EXISTING.filter((key) => network[key] === undefined).map((key) => ({
      what: `network.${key}`,
      got: undefined,
      allowed: `${SETTINGS.network[key].allowed}, of the existing VPC`,
      todo: `Set the first: \`pulumi config set --path 'network.${key}[0]' …\`.`,
    })),
  ];
}

function refuseRange(cidr: string | undefined): Refusal[] {
  if (cidr === undefined) return [];
  try {
    planAddresses("network.cidr", cidr, 3);
    return [];
  } catch (error) {
    if (error instanceof InvalidArgumentError) return [error.refusal];
    throw error;
  }
}
