import type * as pulumi from "@pulumi/pulumi";
import { type TaggedArgs, tagsSpec } from "../tags/tagged-args";
import type { ComponentSpec, Format, Requirement } from "../validation/args-spec";
import { requirementIssue } from "../validation/find-issues";
import { KMS_KEY_ARN, subnetList, VPC_ID } from "../validation/formats";
import { INSTANCE_CLASS } from "../validation/instance-types";
import { DATABASE_NAME } from "../validation/names";
import { BACKUP_WINDOW, MAINTENANCE_WINDOW, windowIssues } from "./rds-windows";
import { RESERVED_WORDS } from "./reserved-words";

export interface DatabaseArgs extends TaggedArgs {
  /** The VPC of the subnets. */
  vpcId: pulumi.Input<string>;
  /** Two or more isolated subnets in different zones. */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The name of the database that RDS creates in the instance.
   *
   * 1-63 letters, digits and underscores, starting with a letter; not `rdsadmin`, `template0` or `template1`.
   *
   * @default `changeover`
   */
  databaseName?: string;
  /**
   * The major version of Postgres, 11 to 22, as far as RDS has it.
   *
   * The minor version is not specified: AWS chooses the first one, and `autoMinorVersionUpgrade` allows it to upgrade it.
   *
   * A change of the major version needs a Pulumi transform that sets `allowMajorVersionUpgrade` and
   * `applyImmediately`. Without the first, AWS rejects the change. Without the second, the old parameter group would
   * be deleted while it is in use. The database is unavailable during the upgrade.
   *
   * @default `18`
   */
  engineMajorVersion?: string;
  /**
   * The instance class. A change waits for the maintenance window, unless a transform sets `applyImmediately`.
   *
   * @default `db.t4g.medium`
   */
  instanceClass?: pulumi.Input<string>;
  /**
   * The initial size of the disk in GiB, 20-65536.
   *
   * A change waits for the maintenance window, unless a transform sets `applyImmediately`.
   *
   * @default 20
   */
  storageGib?: number;
  /**
   * The size in GiB up to which AWS may grow the disk, at most 65536. It is `storageGib` for no growth, or at least
   * 10 % more.
   *
   * @default five times `storageGib`, as far as AWS allows
   */
  maxStorageGib?: number;
  /**
   * Runs a standby in a second zone. A change waits for the maintenance window, unless a transform sets
   * `applyImmediately`.
   *
   * @default true
   */
  multiAz?: boolean;
  /**
   * The retention of backups in days, 1-35.
   *
   * @default 14
   */
  backupRetentionDays?: number;
  /**
   * The weekly time range in UTC in which AWS applies changes that may interrupt the database: 30 minutes to 24 hours,
   * in the form `ddd:hh:mm-ddd:hh:mm` with a lower-case day.
   *
   * @default 30 minutes that AWS chooses at random
   */
  maintenanceWindow?: string;
  /**
   * The daily time range in UTC in which AWS creates the backup: 30 minutes or more, in the form `hh:mm-hh:mm`. It must
   * not overlap `maintenanceWindow`, so set both.
   *
   * @default 30 minutes that AWS chooses at random
   */
  backupWindow?: string;
  /**
   * Allows AWS to upgrade the minor version in the maintenance window, during which the database is unavailable for a
   * minute or two. Without it, upgrade it yourself at a time that you choose.
   *
   * @default false, or true if `protect` is false
   */
  autoMinorVersionUpgrade?: boolean;
  /**
   * Rejects unencrypted connections.
   *
   * @default true
   */
  requireTls?: boolean;
  /**
   * Parameters of Postgres, by name, in addition to `rds.force_ssl`. A static parameter takes effect after a restart of
   * the instance, which is yours to do.
   *
   * @default none
   */
  parameters?: Record<string, string>;
  /**
   * The ARN of the KMS key that encrypts the database. A change replaces the database.
   *
   * @default the key `aws/rds`
   */
  kmsKeyArn?: pulumi.Input<string>;
  /**
   * Records the load by statement for 7 days (Performance Insights). Statements may contain data of users.
   *
   * @default false
   */
  performanceInsights?: boolean;
  /**
   * Protects the database from deletion, in AWS (`deletionProtection`) and in Pulumi, and takes a final snapshot.
   *
   * @default true
   */
  protect?: boolean;
}

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html */
const MAX_STORAGE_GIB = 65_536;

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html */
const POSTGRES_DATABASE: Format = {
  pattern: new RegExp(
    `^(?!(rdsadmin|template0|template1|${RESERVED_WORDS.join("|")})$)[a-z][a-z0-9_]{0,62}$`,
    "i",
  ),
  allowed:
    "1 to 63 letters, digits and underscores, starting with a letter, and not rdsadmin, template0, template1 or a reserved word of PostgreSQL",
};

/** `rds.force_ssl` follows from `requireTls`. */
const PARAMETER_NAME: Format = {
  pattern: /^(?!rds\.force_ssl$)[a-z_][a-z0-9_.]*$/,
  allowed: "the name of a parameter such as log_min_duration_statement, and not rds.force_ssl",
  remedy: "Set rds.force_ssl by requireTls.",
};

/** PostgreSQL has one new major version a year, so these are the versions until 2029. */
const MAJOR_VERSION: Format = {
  pattern: /^(1[1-9]|2[0-2])$/,
  allowed: "a major version of Postgres from 11 to 22 that RDS has, such as 18",
  remedy: "Leave out the minor version, which AWS chooses.",
};

export const databaseSpec = {
  name: DATABASE_NAME,
  args: {
    vpcId: { kind: "string", format: VPC_ID, required: true, input: true },
    subnetIds: { ...subnetList(2), required: true },
    databaseName: { kind: "string", format: POSTGRES_DATABASE, default: "changeover" },
    engineMajorVersion: { kind: "string", format: MAJOR_VERSION, default: "18" },
    instanceClass: { kind: "string", format: INSTANCE_CLASS, default: "db.t4g.medium", input: true },
    storageGib: { kind: "integer", min: 20, max: MAX_STORAGE_GIB, default: 20 },
    maxStorageGib: {
      kind: "integer",
      min: 20,
      max: MAX_STORAGE_GIB,
      whenOmitted: "five times `storageGib`, as far as AWS allows",
    },
    multiAz: { kind: "boolean", default: true },
    backupRetentionDays: { kind: "integer", min: 1, max: 35, default: 14 },
    maintenanceWindow: {
      kind: "string",
      format: MAINTENANCE_WINDOW,
      whenOmitted: "30 minutes that AWS chooses at random",
    },
    backupWindow: {
      kind: "string",
      format: BACKUP_WINDOW,
      whenOmitted: "30 minutes that AWS chooses at random",
    },
    autoMinorVersionUpgrade: { kind: "boolean", whenOmitted: "false, or true if `protect` is false" },
    requireTls: { kind: "boolean", default: true },
    parameters: {
      kind: "map",
      keys: PARAMETER_NAME,
      items: { kind: "string" },
      whenOmitted: "none",
    },
    kmsKeyArn: { kind: "string", format: KMS_KEY_ARN, whenOmitted: "the key `aws/rds`", input: true },
    performanceInsights: { kind: "boolean", default: false },
    protect: { kind: "boolean", default: true },
    tags: tagsSpec(),
  },
  checks: [
    {
      reads: ["storageGib", "maxStorageGib"],
      check: ({ storageGib = 20, maxStorageGib }) => [
        requirementIssue("maxStorageGib", maxStorageGib, growthOf(storageGib)),
      ],
    },
    { reads: ["maintenanceWindow", "backupWindow"], check: (args) => windowIssues(args) },
  ],
} as const satisfies ComponentSpec<DatabaseArgs>;

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html */
function growthOf(storageGib: number): Requirement<number> {
  const min = minGrowthGib(storageGib);
  return {
    allowed: `${storageGib} (storageGib) for a disk that does not grow, or an integer from ${min} to ${MAX_STORAGE_GIB}`,
    holds: (max) => max === storageGib || max >= min,
  };
}

/** RDS rejects a maximum size that is less than 10 % above the initial size. */
function minGrowthGib(storageGib: number): number {
  return Math.ceil(storageGib * 1.1);
}

export function defaultMaxStorageGib(storageGib: number): number {
  return minGrowthGib(storageGib) > MAX_STORAGE_GIB ? storageGib : Math.min(5 * storageGib, MAX_STORAGE_GIB);
}
