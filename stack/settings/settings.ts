import type { DatabaseArgs, NetworkArgs } from "../../components";
import { databaseAlarmsSpec } from "../../components/alarms/database-alarms-args";
import { releaseAlarmsSpec } from "../../components/alarms/release-alarms-args";
import { databaseSpec } from "../../components/database/database-args";
import { BACKUP_WINDOW, MAINTENANCE_WINDOW } from "../../components/database/rds-windows";
import { fleetColorSpec } from "../../components/fleet/fleet-color-args";
import { GATE_TIMEOUT, gateSpec } from "../../components/gate/gate-args";
import { loadBalancerSpec } from "../../components/load-balancer/load-balancer-args";
import { productionRuleSpec } from "../../components/load-balancer/production-rule-args";
import { migrationStepSpec } from "../../components/migration/migration-step-args";
import { networkSpec } from "../../components/network/network-args";
import { KMS_KEY_ARN, TOPIC_ARN, WEB_ACL_ARN } from "../../components/validation/formats";
import { INSTANCE_CLASS } from "../../components/validation/instance-types";
import type { SettingValues } from "../plan/last-release";
import type { ShiftRequest } from "../plan/release-context";
import type { WantedRelease } from "../plan/wanted-release";
import { TEAM_CHECKS_ALLOWED, teamCheck } from "./checks";
import {
  ACM_CERTIFICATE_ARN,
  ACTOR,
  ALARM_NAMES,
  AMI_ID,
  ARM64,
  CIDRS,
  COMMIT,
  CONTRACT_ID,
  DEPLOYED_VERSION,
  HOSTED_ZONE,
  NAME_PREFIX,
  PUBLIC_DOMAIN,
  REASON,
  SUBNET_IDS,
  UPDATE_ID,
  VPC_ID,
  VPC_RANGE,
} from "./formats";
import { flag, integer, list, objects, oneOf, type Setting, text } from "./setting";

export type SettingGroup = { readonly [key: string]: Setting };

/** Settings that are passed to a component as they are; one that is no arg of the component does not compile. */
type ArgSettings<Args> = { readonly [Key in keyof Args]?: Setting };

/** The instances of a deployed version never change. */
const NEXT_DEPLOYMENT = "A change applies to the next deployment of a color.";

const tier = (instances: string) => ({
  instanceType: text(ARM64, `Instance type of the ${instances}. ${NEXT_DEPLOYMENT}`, {
    default: "t4g.small",
  }),
  imageId: text(AMI_ID, `Image of the ${instances}. ${NEXT_DEPLOYMENT}`, {
    whenUnset: "the newest Amazon Linux 2023 at the time of a deployment",
  }),
  minInstances: integer(
    fleetColorSpec.args.minInstances,
    `Minimum number of ${instances} of a color that is not retired.`,
    {
      default: 2,
    },
  ),
  maxInstances: integer(fleetColorSpec.args.maxInstances, `Maximum number of ${instances} of a color.`, {
    default: 6,
  }),
  startupSeconds: integer(
    fleetColorSpec.args.startupSeconds,
    `Maximum time from the launch of one of the ${instances} until it is healthy.`,
    { unit: "seconds", whenUnset: "300 for the health check, 180 for the replacement" },
  ),
  targetCpuPercent: integer({ min: 10, max: 90 }, `Average CPU to which the ${instances} are scaled.`, {
    default: 50,
    unit: "percent",
  }),
});

/** Every setting of a stack. `changeover docs tables` writes the README's table and `Pulumi.yaml` from it. */
export const SETTINGS = {
  live: oneOf(["blue", "green"], "The color that receives the traffic. Removing it means blue.", {
    default: "blue",
    required: true,
  }),
  blueVersion: text(DEPLOYED_VERSION, "The version of blue."),
  greenVersion: text(DEPLOYED_VERSION, "The version of green."),
  canaryPercent: integer({ min: 0, max: 99 }, "Traffic of the color that is not live.", {
    default: 0,
    unit: "percent",
    hint: "; for all traffic set live",
  }),
  idle: oneOf(
    ["warm", "off"],
    "A color without traffic keeps its instances (warm) or is retired (off). A rollback needs them.",
    { default: "warm" },
  ),
  contractThrough: text(
    CONTRACT_ID,
    "The last contract script that may run. It ends rollback to the versions before it.",
  ),
  name: text(NAME_PREFIX, "Prefix of all names in AWS.", { whenUnset: "the stack's name" }),
  protect: flag(
    "Deletion protection of the database, the load balancers and the rules, in AWS and in Pulumi.",
    { default: true },
  ),
  stickySeconds: integer(
    productionRuleSpec.args.stickySeconds,
    "During a canary, the time for which a client stays with a color.",
    {
      default: 300,
      unit: "seconds",
    },
  ),
  // AWS allows up to 3600 seconds, but the Lambda that waits for the drain can run for at most 900.
  drainSeconds: integer(
    { min: 0, max: 780 },
    "Time that instances have to finish their requests; set it above your longest request.",
    { default: 300, unit: "seconds" },
  ),
  idleTimeoutSeconds: integer(
    loadBalancerSpec.args.idleTimeoutSeconds,
    "Time without data after which the load balancers close a connection.",
    { default: 60, unit: "seconds" },
  ),
  gateTimeoutSeconds: integer(GATE_TIMEOUT, "Time in which a color must pass its gate check.", {
    default: 300,
    unit: "seconds",
  }),
  maxMigrationInvocations: integer(
    migrationStepSpec.args.maxInvocations,
    "Invocations, of 15 minutes at most, that one update allows a migration step with a backfill.",
    { default: 4 },
  ),
  rollbackWindowMinutes: integer(
    { min: 0, max: 10_080 },
    "Time after a flip in which the former version passes its gate check with enough healthy instances, not all.",
    { default: 1440, unit: "minutes" },
  ),
  bakeMinutes: integer(
    { min: 0, max: 240 },
    "Time after a traffic shift in which an alarm or a failed check rolls it back.",
    { unit: "minutes", whenUnset: "10 with protect, else 0" },
  ),
  bakeSeconds: integer(
    { min: 1, max: 14_400 },
    "The bake in seconds, instead of bakeMinutes. For rehearsals, whose alarms go off within seconds.",
    { unit: "seconds", whenUnset: "bakeMinutes" },
  ),
  alarms: list(ALARM_NAMES, "Further CloudWatch alarms that roll a traffic shift back during its bake.", {
    min: 1,
  }),
  checks: objects(
    teamCheck,
    TEAM_CHECKS_ALLOWED,
    "Checks of your own before a traffic shift and during the bake: a function that succeeds, or a URL that responds with 200.",
  ),
  expectedSerial: integer(
    { min: 0, max: 1_000_000_000 },
    "The number of traffic shifts so far. An update is rejected if there were others in between.",
  ),
  updateId: text(UPDATE_ID, "Identifier of an attempt; with a new one a gate check that passed is repeated."),
  allowMixedFlip: flag("Allow an update that shifts traffic to change other settings too.", {
    default: false,
  }),
  actor: text(ACTOR, "The person or system that shifts traffic, for outputs, tags and events."),
  commit: text(COMMIT, "The commit of the release, for outputs, tags and events."),
  reason: text(REASON, "The reason of a traffic shift, for outputs, tags and events."),
  alarmTopicArn: text(TOPIC_ARN, "The SNS topic that receives the release alarm."),
  domainName: text(PUBLIC_DOMAIN, "The DNS name that clients call."),
  hostedZoneId: text(
    HOSTED_ZONE,
    "The Route 53 zone of domainName, in which a certificate and an alias are created.",
  ),
  certificateArn: text(ACM_CERTIFICATE_ARN, "An issued ACM certificate, instead of a requested one."),
  allowedCidrs: list(
    CIDRS,
    "Address ranges that may call the public load balancer. The health gate always may.",
    {
      min: 1,
      whenUnset: "everyone",
    },
  ),
  webAclArn: text(WEB_ACL_ARN, "The regional web ACL (AWS WAF) of the public load balancer."),
  accessLogRetentionDays: integer(
    { min: 0, max: 3653 },
    "Retention of the request logs of both load balancers, in a bucket of its own; 0 for no logs.",
    { unit: "days", whenUnset: "365; 0 with allowPlainHttp" },
  ),
  logRetentionDays: integer(
    gateSpec.args.logRetentionDays,
    "Retention of the logs of migrations, gate checks and watches, one of CloudWatch's periods.",
    { default: 365, unit: "days" },
  ),
  allowPlainHttp: flag("Serve without encryption. For trials only.", { default: false }),
  web: tier("web instances"),
  app: tier("application instances"),
  network: {
    cidr: text(VPC_RANGE, "Address range of the new VPC.", { whenUnset: "10.0.0.0/16" }),
    zoneCount: integer(networkSpec.args.zoneCount, "Availability Zones of the new VPC.", { whenUnset: "2" }),
    flowLogRetentionDays: integer(
      networkSpec.args.flowLogRetentionDays,
      "Retention of the flow logs of the new VPC, one of CloudWatch's periods; 0 for no flow logs.",
      { unit: "days", whenUnset: "14" },
    ),
    natGateways: oneOf(["one", "perZone"], "NAT gateways of the new VPC.", { whenUnset: "perZone" }),
    vpcId: text(VPC_ID, "An existing VPC, instead of a new one."),
    publicSubnetIds: list(SUBNET_IDS, "Public subnets of the existing VPC, in different zones."),
    privateSubnetIds: list(SUBNET_IDS, "Private subnets of the existing VPC, with NAT, in different zones."),
    databaseSubnetIds: list(SUBNET_IDS, "Subnets of the existing VPC for the database, in different zones."),
  } satisfies ArgSettings<NetworkArgs>,
  database: {
    instanceClass: text(INSTANCE_CLASS, "Instance class of the database.", { default: "db.t4g.medium" }),
    storageGib: integer(
      databaseSpec.args.storageGib,
      "Initial storage of the database; RDS extends it up to five times.",
      {
        default: 20,
        unit: "GiB",
      },
    ),
    multiAz: flag("A standby of the database in a second zone.", { default: true }),
    backupRetentionDays: integer(databaseSpec.args.backupRetentionDays, "Retention of backups.", {
      default: 14,
      unit: "days",
    }),
    maintenanceWindow: text(
      MAINTENANCE_WINDOW,
      "Weekly time in which AWS applies changes that may interrupt the database.",
      { whenUnset: "30 minutes that AWS chooses" },
    ),
    backupWindow: text(
      BACKUP_WINDOW,
      "Daily time in which AWS creates the backup; it must not overlap the maintenance window.",
      { whenUnset: "30 minutes that AWS chooses" },
    ),
    autoMinorVersionUpgrade: flag("AWS upgrades the minor version in the maintenance window.", {
      whenUnset: "the opposite of protect",
    }),
    kmsKeyArn: text(KMS_KEY_ARN, "KMS key of the new database's storage. A change replaces the database.", {
      whenUnset: "the key aws/rds",
    }),
    performanceInsights: flag("Record the load of the database by statement, for 7 days.", {
      default: false,
    }),
    requireTls: flag("The database accepts encrypted connections only.", { default: true }),
  } satisfies ArgSettings<DatabaseArgs>,
  thresholds: {
    errorPercent: integer(
      { min: 0, max: 100 },
      "Share of 5xx responses above which a color or a load balancer has an alarm.",
      { default: 1, unit: "percent" },
    ),
    slowMs: integer(
      releaseAlarmsSpec.args.slowMs,
      "Response time at slowPercentile above which a color has an alarm.",
      { default: 1000, unit: "milliseconds" },
    ),
    slowPercentile: integer(
      { min: 50, max: 99 },
      "Percentile that slowMs limits. Choose it so that long requests, such as uploads and streams, lie above.",
      { default: 95 },
    ),
    noRequestsMinutes: integer(
      releaseAlarmsSpec.args.noRequestsMinutes,
      "Minutes without any request after which a load balancer has an alarm; 0 for no alarm, without steady traffic.",
      { default: 0, unit: "minutes" },
    ),
    databaseCpuPercent: integer(
      databaseAlarmsSpec.args.cpuPercent,
      "CPU of the database above which it has an alarm.",
      { default: 90, unit: "percent" },
    ),
    databaseConnections: integer(
      databaseAlarmsSpec.args.connections,
      "Connections above which the database has an alarm.",
      { whenUnset: "80 % of what the instance class allows" },
    ),
    databaseFreeStorageGib: integer(
      databaseAlarmsSpec.args.freeStorageGib,
      "Free storage below which the database has an alarm.",
      { default: 1, unit: "GiB" },
    ),
    databaseReplicationLagMib: integer(
      databaseAlarmsSpec.args.replicationLagMib,
      "Write-ahead log that a replication slot may be behind before the database has an alarm.",
      { default: 1024, unit: "MiB" },
    ),
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

/** The settings with a name: the default of `name` depends on the stack. */
export type StackSettings = Settings & { readonly name: string };

/** The bake of a traffic shift, in minutes. A trial stack has none by default. */
export function bakeMinutesOf({ bakeSeconds, bakeMinutes, protect }: Settings): number {
  if (bakeSeconds !== undefined) return bakeSeconds / 60;
  return bakeMinutes ?? (protect ? 10 : 0);
}

export function wantedRelease(settings: Settings): WantedRelease {
  const { live, blueVersion, greenVersion, canaryPercent, idle, contractThrough, maxMigrationInvocations } =
    settings;
  const versions = { blue: blueVersion, green: greenVersion };
  return { live, versions, canaryPercent, idle, contractThrough, maxMigrationInvocations };
}

export function shiftRequest(settings: Settings): ShiftRequest {
  const { updateId, actor, commit, reason, allowMixedFlip } = settings;
  return { updateId, actor, commit, reason, allowMixedFlip, bakeMinutes: bakeMinutesOf(settings) };
}

export function settingDefaults(): SettingValues {
  return Object.fromEntries(
    settingRows().flatMap(([key, setting]) =>
      setting.default === undefined ? [] : [[key, setting.default]],
    ),
  );
}

export function settingValues(settings: Settings): SettingValues {
  const groups = settings as unknown as Readonly<Record<string, unknown>>;
  const settingOf = (key: string): unknown => {
    const [group = "", name] = key.split(".");
    const value = groups[group];
    return name === undefined ? value : (value as Readonly<Record<string, unknown>>)[name];
  };
  return Object.fromEntries(
    settingRows().flatMap(([key]) => (settingOf(key) === undefined ? [] : [[key, settingOf(key)]])),
  );
}
