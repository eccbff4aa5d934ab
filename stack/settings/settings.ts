import { ARM64_TYPE } from "../../components/validation/rules";
import type { WantedRelease } from "../plan/wanted-release";
import {
  ACM_CERTIFICATE_ARN,
  CONTRACT_ID,
  DATABASE_CLASS,
  HOSTED_ZONE,
  NAME_PREFIX,
  PLAIN_VERSION,
  PUBLIC_DOMAIN,
  SUBNET_IDS,
  TOPIC_ARN,
  VPC_ID,
} from "./formats";
import { flag, integer, list, oneOf, type Setting, text } from "./setting";

export type SettingGroup = { readonly [key: string]: Setting };

const tier = (instances: string) => ({
  instanceType: text(
    {
      pattern: ARM64_TYPE,
      allowed: "an EC2 instance type with an arm64 (Graviton) processor, such as t4g.small",
    },
    { default: "t4g.small", meaning: `Instance type of the ${instances}.` },
  ),
  minInstances: integer(
    { min: 1, max: 1000 },
    { default: 2, meaning: `Minimum number of ${instances} of a color that is not retired.` },
  ),
  maxInstances: integer(
    { min: 1, max: 1000 },
    { default: 6, meaning: `Maximum number of ${instances} of a color.` },
  ),
  targetCpuPercent: integer(
    { min: 10, max: 90 },
    { default: 50, unit: "percent", meaning: `Average CPU to which the ${instances} are scaled.` },
  ),
});

/** Every setting of a stack. `changeover docs tables` writes the README's table and `Pulumi.yaml` from it. */
export const SETTINGS = {
  live: oneOf(["blue", "green"], {
    default: "blue",
    required: true,
    meaning: "The color that receives the traffic. Removing it means blue.",
  }),
  blueVersion: text(PLAIN_VERSION, { meaning: "The version of blue." }),
  greenVersion: text(PLAIN_VERSION, { meaning: "The version of green." }),
  canaryPercent: integer(
    { min: 0, max: 99, hint: "; for all traffic set live" },
    { default: 0, unit: "percent", meaning: "Traffic of the color that is not live." },
  ),
  idle: oneOf(["warm", "off"], {
    default: "warm",
    meaning: "A color without traffic keeps its instances (warm), or is retired (off). Rollback needs them.",
  }),
  contractThrough: text(CONTRACT_ID, {
    meaning: "The last contract script that may run. It ends rollback to the versions before it.",
  }),
  name: text(NAME_PREFIX, { whenUnset: "the stack's name", meaning: "Prefix of all names in AWS." }),
  protect: flag({
    default: true,
    meaning: "Deletion protection, in AWS and in Pulumi, of the database, the load balancers and the rules.",
  }),
  stickySeconds: integer(
    { min: 1, max: 604_800 },
    {
      default: 300,
      unit: "seconds",
      meaning: "During a canary, the time for which a client stays with a color.",
    },
  ),
  drainSeconds: integer(
    // AWS allows 3600, and the Lambda that waits for the drain at most 900.
    { min: 0, max: 780 },
    {
      default: 300,
      unit: "seconds",
      meaning: "Time that instances have to finish their requests; set it above your longest request.",
    },
  ),
  idleTimeoutSeconds: integer(
    { min: 1, max: 4000 },
    {
      default: 60,
      unit: "seconds",
      meaning: "Time without data after which the load balancers close a connection.",
    },
  ),
  gateTimeoutSeconds: integer(
    { min: 10, max: 840 },
    { default: 300, unit: "seconds", meaning: "Time in which a color must pass its gate check." },
  ),
  maxMigrationInvocations: integer(
    { min: 1, max: 16 },
    {
      default: 4,
      meaning:
        "Invocations that one update allows a migration step with a backfill, each of up to 15 minutes.",
    },
  ),
  alarmTopicArn: text(TOPIC_ARN, { meaning: "The SNS topic that receives the release alarm." }),
  domainName: text(PUBLIC_DOMAIN, { meaning: "The DNS name that clients call." }),
  hostedZoneId: text(HOSTED_ZONE, {
    meaning: "The Route 53 zone of domainName, in which a certificate and an alias are created.",
  }),
  certificateArn: text(ACM_CERTIFICATE_ARN, {
    meaning: "An issued ACM certificate, instead of a requested one.",
  }),
  allowPlainHttp: flag({ default: false, meaning: "Serve without encryption. For trials only." }),
  web: tier("web instances"),
  app: tier("application instances"),
  network: {
    cidr: text(
      { pattern: /^/, allowed: "an IPv4 range from /16 to /23 on its boundary, such as 10.0.0.0/16" },
      { whenUnset: "10.0.0.0/16", meaning: "Address range of the new VPC." },
    ),
    zoneCount: integer({ min: 2, max: 3 }, { whenUnset: "2", meaning: "Availability Zones of the new VPC." }),
    natGateways: oneOf(["one", "perZone"], { whenUnset: "perZone", meaning: "NAT gateways of the new VPC." }),
    vpcId: text(VPC_ID, { meaning: "An existing VPC, instead of a new one." }),
    publicSubnetIds: list(SUBNET_IDS, { meaning: "Public subnets of the existing VPC, in different zones." }),
    privateSubnetIds: list(SUBNET_IDS, {
      meaning: "Private subnets of the existing VPC, with NAT, in different zones.",
    }),
    databaseSubnetIds: list(SUBNET_IDS, {
      meaning: "Subnets of the existing VPC for the database, in different zones.",
    }),
  },
  database: {
    instanceClass: text(DATABASE_CLASS, {
      default: "db.t4g.medium",
      meaning: "Instance class of the database.",
    }),
    storageGib: integer(
      { min: 20, max: 65_536 },
      {
        default: 20,
        unit: "GiB",
        meaning: "Initial storage of the database; RDS extends it up to five times.",
      },
    ),
    multiAz: flag({ default: true, meaning: "A standby of the database in a second zone." }),
    backupRetentionDays: integer(
      { min: 1, max: 35 },
      { default: 14, unit: "days", meaning: "Retention of backups." },
    ),
    requireTls: flag({ default: true, meaning: "The database accepts encrypted connections only." }),
  },
} as const;

export function isSetting(entry: Setting | SettingGroup): entry is Setting {
  return typeof entry.meaning === "string";
}

/** All settings by dotted key, in the order of the README's table. */
export function settingRows(): [key: string, setting: Setting][] {
  return Object.entries<Setting | SettingGroup>(SETTINGS).flatMap(([key, entry]) =>
    isSetting(entry)
      ? [[key, entry] satisfies [string, Setting]]
      : Object.entries(entry).map(([name, setting]): [string, Setting] => [`${key}.${name}`, setting]),
  );
}

type ParsedGroup<Group> = {
  [Key in keyof Group]: Group[Key] extends Setting<infer Value> ? Value : ParsedGroup<Group[Key]>;
};

/** A stack's settings with their defaults. */
export type Settings = ParsedGroup<typeof SETTINGS>;

/** With the default of `name`, which needs the stack. */
export type StackSettings = Settings & { readonly name: string };

export function wantedRelease(settings: Settings): WantedRelease {
  const { live, blueVersion, greenVersion, canaryPercent, idle, contractThrough, maxMigrationInvocations } =
    settings;
  const versions = { blue: blueVersion, green: greenVersion };
  return { live, versions, canaryPercent, idle, contractThrough, maxMigrationInvocations };
}
