import { z } from "zod";
import { ARM64_TYPE } from "../../components/validation/rules";
import type { WantedRelease } from "../plan/wanted-release";

/** One setting of a stack: its schema, and the words for whoever gets it wrong. */
export interface Setting<T extends z.ZodType = z.ZodType> {
  readonly schema: T;
  /** What it means, with its unit, for the table in the README. */
  readonly meaning: string;
  /** What is allowed, as the error and the table say it. */
  readonly allowed: string;
  /** Default in words. */
  readonly default: string;
  /** Whether its value is a list, which `pulumi config set` fills one by one. Default: no. */
  readonly isList?: boolean;
}

function setting<T extends z.ZodType>(
  schema: T,
  meaning: string,
  allowed: string,
  fallback = "none",
): Setting<T> {
  return { schema, meaning, allowed, default: fallback };
}

/** A number of the stack's file arrives as text, inside an object as a number. 010 is refused: YAML may read it as 8. */
function wholeNumber(min: number, max: number) {
  const text = z
    .string()
    .regex(/^(0|-?[1-9]\d*)$/)
    .transform(Number);
  return z.union([z.number(), text]).pipe(z.number().int().min(min).max(max));
}

function whole(min: number, max: number, fallback: number, meaning: string) {
  const schema = wholeNumber(min, max).default(fallback);
  return setting(schema, meaning, `a whole number from ${min} to ${max}`, String(fallback));
}

function flag(fallback: boolean, meaning: string) {
  const schema = z
    .union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")])
    .default(fallback);
  return setting(schema, meaning, "true or false", String(fallback));
}

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;
const VERSION_ALLOWED = "a version of three numbers, such as 1.2.3";

const version = (color: string) =>
  setting(z.string().regex(VERSION).optional(), `The release that ${color} runs.`, VERSION_ALLOWED);

const subnets = (meaning: string): Setting<z.ZodOptional<z.ZodArray<z.ZodString>>> => {
  const id = z.string().regex(/^subnet-[0-9a-f]+$/);
  const schema = z
    .array(id)
    .min(2)
    .refine((ids) => new Set(ids).size === ids.length)
    .optional();
  const allowed = "a list of two or more ids such as subnet-0123456789abcdef0, each once";
  return { ...setting(schema, meaning, allowed), isList: true };
};

/**
 * Of all that begins with the name, databases refuse two hyphens in a row, security groups `sg-`, load balancers
 * `internal-`, and buckets the other two.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
const NAME = /^(?!(internal|sg|sthree|amzn-s3-demo)(-|$))[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const tier = (instances: string) => ({
  instanceType: setting(
    z.string().regex(ARM64_TYPE).default("t4g.small"),
    `The instance type of ${instances}.`,
    "an EC2 instance type with an arm64 (Graviton) processor, such as t4g.small",
    "t4g.small",
  ),
  minInstances: whole(1, 1000, 2, `The fewest ${instances} of a color that is on.`),
  maxInstances: whole(1, 1000, 6, `The most ${instances} of a color.`),
  targetCpuPercent: whole(
    10,
    90,
    50,
    `Servers are added and removed to keep the average CPU of ${instances} here.`,
  ),
});

/**
 * Every setting of a stack, under its key. The README's table and the checks of `Pulumi.yaml` are made from this, so that
 * there is one place to add one.
 */
export const SETTINGS = {
  live: setting(
    // Pulumi.yaml has the default: here it is missing only when somebody emptied it, and that must not move the users.
    z.enum(["blue", "green"]),
    "The color that has the users. Removing it means blue.",
    "blue or green",
    "blue",
  ),
  blueVersion: version("blue"),
  greenVersion: version("green"),
  canaryPercent: setting(
    wholeNumber(0, 99).default(0),
    "The share of users that goes to the other color.",
    "a whole number from 0 to 99; for all traffic set live",
    "0",
  ),
  idle: setting(
    z.enum(["warm", "off"]).default("warm"),
    "Whether the color without users keeps its servers, so that the way back is one rule.",
    "warm or off",
    "warm",
  ),
  contractThrough: setting(
    z
      .string()
      .regex(/^\d{4}_[a-z0-9_]+$/)
      .optional(),
    "The last contract script that may run. It closes the way back to versions before it.",
    "the id of a contract script, such as 0002_split_name",
  ),
  name: setting(
    z.string().regex(NAME).max(14).optional(),
    "The beginning of every name in AWS.",
    "1 to 14 lower-case letters, digits and single hyphens between them, starting with a letter and not with internal-, sg-, sthree- or amzn-s3-demo- (AWS bounds names of load balancers to 32 characters, and 18 are appended)",
    "the stack's name",
  ),
  protect: flag(
    true,
    "Whether AWS and Pulumi refuse to delete the database, the load balancers and the rules.",
  ),
  stickySeconds: whole(1, 604_800, 300, "While a canary splits the users, how long each stays with a color."),
  // AWS would allow 3600; the check that waits for it is a Lambda, which ends at 900.
  drainSeconds: whole(
    0,
    780,
    300,
    "Seconds that a server being removed may take to finish its requests; set it above your longest request.",
  ),
  idleTimeoutSeconds: whole(
    1,
    4000,
    60,
    "Seconds without traffic after which the load balancers close a connection.",
  ),
  gateTimeoutSeconds: whole(
    10,
    840,
    300,
    "How long the gate waits for a color to be healthy before it refuses.",
  ),
  maxMigrationInvocations: whole(
    1,
    16,
    4,
    "How often one update may invoke a migration step that has a backfill; each invocation has 15 minutes.",
  ),
  alarmTopicArn: setting(
    z
      .string()
      .regex(/^arn:[a-z0-9-]+:sns:[a-z0-9-]+:\d{12}:[\w.-]+$/)
      .optional(),
    "The SNS topic that hears when the release is bad.",
    "the ARN of an SNS topic",
  ),
  domainName: setting(
    z
      .string()
      .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+([a-z]{2,}|xn--[a-z0-9-]+)$/)
      .optional(),
    "The name that users call.",
    "a DNS name such as records.example.com",
  ),
  hostedZoneId: setting(
    z
      .string()
      .regex(/^Z[A-Z0-9]+$/)
      .optional(),
    "The Route 53 zone of domainName; with it a certificate and an alias are made.",
    "the id of a hosted zone such as Z0123456789ABC",
  ),
  certificateArn: setting(
    z
      .string()
      .regex(/^arn:[a-z0-9-]+:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/)
      .optional(),
    "An issued ACM certificate, instead of a requested one.",
    "the ARN of an ACM certificate",
  ),
  allowPlainHttp: flag(false, "Serve users without encryption. For trials only."),
  web: tier("web servers"),
  app: tier("application servers"),
  network: {
    cidr: setting(
      z.string().optional(),
      "The address range of the new VPC.",
      "an IPv4 range from /16 to /23 on its boundary, such as 10.0.0.0/16",
      "10.0.0.0/16",
    ),
    zoneCount: setting(
      wholeNumber(2, 3).optional(),
      "In how many zones the new VPC has subnets.",
      "2 or 3",
      "2",
    ),
    natGateways: setting(
      z.enum(["one", "perZone"]).optional(),
      "NAT gateways of the new VPC.",
      "one or perZone",
      "perZone",
    ),
    vpcId: setting(
      z
        .string()
        .regex(/^vpc-[0-9a-f]+$/)
        .optional(),
      "An existing VPC, instead of a new one.",
      "an id such as vpc-0123456789abcdef0",
    ),
    publicSubnetIds: subnets("Public subnets of the existing VPC, in different zones."),
    privateSubnetIds: subnets("Private subnets of the existing VPC, with NAT, in different zones."),
    databaseSubnetIds: subnets("Subnets of the existing VPC for the database, in different zones."),
  },
  database: {
    instanceClass: setting(
      z
        .string()
        .regex(/^db\.[a-z0-9]+\.[a-z0-9]+$/)
        .default("db.t4g.medium"),
      "The instance class of the database.",
      "an RDS instance class such as db.t4g.medium",
      "db.t4g.medium",
    ),
    storageGib: whole(
      20,
      65_536,
      20,
      "The database's disk at creation, in GiB; it grows by itself up to five times that.",
    ),
    multiAz: flag(true, "Whether the database has a standby in a second zone."),
    backupRetentionDays: whole(1, 35, 14, "For how many days backups are kept."),
    requireTls: flag(true, "Whether connections to the database must be encrypted."),
  },
} as const;

export type SettingGroup = { readonly [key: string]: Setting };
type Shape = { readonly [key: string]: Setting | SettingGroup };

export function isSetting(entry: Setting | SettingGroup): entry is Setting {
  return typeof (entry as Setting).meaning === "string";
}

/** Every setting with its dotted key, in the order of the table. */
export function settingRows(shape: Shape = SETTINGS, prefix = ""): [key: string, setting: Setting][] {
  return Object.entries(shape).flatMap(([key, entry]): [string, Setting][] =>
    isSetting(entry) ? [[prefix + key, entry]] : settingRows(entry, `${prefix}${key}.`),
  );
}

type Parsed<S> = {
  [K in keyof S]: S[K] extends Setting<infer T>
    ? z.output<T>
    : { [L in keyof S[K]]: S[K][L] extends Setting<infer U> ? z.output<U> : never };
};

/** A stack's settings, typed, with their defaults filled in. */
export type Settings = Parsed<typeof SETTINGS>;

/** With the default of `name`, which needs the stack. */
export type StackSettings = Settings & { readonly name: string };

export function wantedRelease(settings: Settings): WantedRelease {
  const { live, blueVersion, greenVersion, canaryPercent, idle, contractThrough, maxMigrationInvocations } =
    settings;
  const versions = { blue: blueVersion, green: greenVersion };
  return { live, versions, canaryPercent, idle, contractThrough, maxMigrationInvocations };
}
