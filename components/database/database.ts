import * as ec2 from "@pulumi/aws/ec2";
import * as rds from "@pulumi/aws/rds";
import * as secretsmanager from "@pulumi/aws/secretsmanager";
import * as pulumi from "@pulumi/pulumi";
import { RandomId, RandomPassword } from "@pulumi/random";
import { check, checkWhole, type Rule, text } from "../validation/invalid-argument";
import { checkName, DATABASE } from "../validation/names";
import { INSTANCE_CLASS, subnets, VPC_ID } from "../validation/rules";
import { checkShape } from "../validation/shape";
import { checkTags, withTags } from "../validation/tags";

export interface DatabaseArgs {
  /** The VPC of the subnets. */
  vpcId: pulumi.Input<string>;
  /** Two isolated subnets or more, in different zones. */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The database that is created in the instance: 1 to 63 letters, digits and underscores, starting with a
   * letter, and not one of the engine's own (`rdsadmin`, `template0`, `template1`). Default: `changeover`.
   */
  databaseName?: string;
  /**
   * The major version of Postgres. Only the major is pinned: AWS moves the minor in the maintenance window, and an
   * exact version would then ask for a downgrade. RDS has 11 and newer. AWS refuses a change unless a transform sets
   * `allowMajorVersionUpgrade`, and with it `applyImmediately`, or the old parameter group would be deleted while it is
   * in use; the database is down while it is upgraded. Default: `18`.
   */
  engineMajorVersion?: string;
  /**
   * The class of the instance. A change waits for the maintenance window, unless a transform sets `applyImmediately`.
   * Default: `db.t4g.medium`.
   */
  instanceClass?: pulumi.Input<string>;
  /**
   * The disk at creation, in GiB, 20-65536. A change waits for the maintenance window, unless a transform sets
   * `applyImmediately`. Default: 20.
   */
  storageGib?: number;
  /**
   * How far AWS may grow the disk by itself, in GiB: `storageGib` for not at all, otherwise a tenth more than that or
   * larger, at most 65536. Default: five times `storageGib`, as far as AWS allows.
   */
  maxStorageGib?: number;
  /**
   * A standby in a second zone. A change waits for the maintenance window, unless a transform sets `applyImmediately`.
   * Default: true.
   */
  multiAz?: boolean;
  /** For how many days backups are kept, 1-35. Default: 14. */
  backupRetentionDays?: number;
  /** Connections are refused unless they are encrypted. Default: true. */
  requireTls?: boolean;
  /**
   * AWS refuses to delete it (`deletionProtection`), Pulumi refuses too, and a final snapshot is taken.
   * Default: true.
   */
  protect?: boolean;
  /**
   * Tags beside the component's own, which they replace where the key is the same; at most 49. A key has 1-128
   * characters and does not begin with `aws:`, a value up to 256: letters, digits, spaces and `_.:/=+-@`.
   * Default: none.
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

const APPLICATION_USER = "changeover_app";
const MASTER_USER = "changeover_master";
/** @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html */
const MAX_STORAGE_GIB = 65_536;

/**
 * RDS for PostgreSQL in isolated subnets, encrypted, with two logins in Secrets Manager: the master, for migrations
 * only, and the application's, whose role the first expand step creates and which cannot change the schema.
 *
 * ```ts
 * const database = new Database("prod", { vpcId: network.vpcId, subnetIds: network.databaseSubnetIds });
 * ```
 * @throws InvalidArgumentError for an arg out of its range, before anything is declared.
 */
export class Database extends pulumi.ComponentResource {
  /** The host name. */
  public readonly address: pulumi.Output<string>;
  /** The TCP port. */
  public readonly port: pulumi.Output<number>;
  /** The database in the instance. */
  public readonly databaseName: string;
  /** Open this group to those who may connect. */
  public readonly securityGroupId: pulumi.Output<string>;
  /** The master login, `{"username","password"}`. Known when the secret has its value. */
  public readonly masterSecretArn: pulumi.Output<string>;
  /** The application's login, `{"username","password"}`. Known when the secret has its value. */
  public readonly applicationSecretArn: pulumi.Output<string>;
  /** The instance's identifier, for CloudWatch. */
  public readonly identifier: pulumi.Output<string>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    checkArgs(name, args);
    super("changeover:index:Database", name, args, opts);
    const protect = args.protect ?? true;
    const requireTls = args.requireTls ?? true;
    const major = args.engineMajorVersion ?? "18";
    const storage = args.storageGib ?? 20;
    const tags = withTags(args.tags, { name });
    const childOpts = { parent: this };
    this.databaseName = args.databaseName ?? "changeover";

    const group = new ec2.SecurityGroup(
      `${name}-database`,
      { vpcId: args.vpcId, description: `Who may connect to the database ${name}`, tags },
      childOpts,
    );
    const subnetGroup = new rds.SubnetGroup(name, { subnetIds: args.subnetIds, tags }, childOpts);
    const parameterGroup = new rds.ParameterGroup(
      name,
      {
        family: `postgres${major}`,
        parameters: [{ name: "rds.force_ssl", value: requireTls ? "1" : "0" }],
        tags,
      },
      childOpts,
    );
    const master = this.login(`${name}-master`, MASTER_USER, args, protect);
    const application = this.login(`${name}-application`, APPLICATION_USER, args, protect);
    const snapshot = new RandomId(`${name}-final-snapshot`, { byteLength: 4 }, childOpts);

    const instance = new rds.Instance(
      name,
      {
        engine: "postgres",
        engineVersion: major,
        autoMinorVersionUpgrade: true,
        instanceClass: args.instanceClass ?? "db.t4g.medium",
        allocatedStorage: storage,
        maxAllocatedStorage: args.maxStorageGib ?? mostStorage(storage),
        storageType: "gp3",
        storageEncrypted: true,
        multiAz: args.multiAz ?? true,
        dbName: this.databaseName,
        username: MASTER_USER,
        password: master.password,
        dbSubnetGroupName: subnetGroup.name,
        vpcSecurityGroupIds: [group.id],
        parameterGroupName: parameterGroup.name,
        publiclyAccessible: false,
        backupRetentionPeriod: args.backupRetentionDays ?? 14,
        copyTagsToSnapshot: true,
        enabledCloudwatchLogsExports: ["postgresql", "upgrade"],
        deletionProtection: protect,
        skipFinalSnapshot: !protect,
        finalSnapshotIdentifier: protect
          ? pulumi.interpolate`${name}-database-final-${snapshot.hex}`
          : undefined,
        tags,
      },
      { parent: this, protect },
    );
    this.address = instance.address;
    this.port = instance.port;
    this.securityGroupId = group.id;
    this.masterSecretArn = master.arn;
    this.applicationSecretArn = application.arn;
    this.identifier = instance.identifier;
    this.registerOutputs({
      address: this.address,
      port: this.port,
      databaseName: this.databaseName,
      securityGroupId: this.securityGroupId,
      masterSecretArn: this.masterSecretArn,
      applicationSecretArn: this.applicationSecretArn,
    });
  }

  private login(name: string, username: string, args: DatabaseArgs, protect: boolean) {
    const opts = { parent: this };
    // RDS refuses / @ " and space in a password.
    const { result: password } = new RandomPassword(name, { length: 40, special: false }, opts);
    const secret = new secretsmanager.Secret(
      name,
      {
        description: `Login ${username}`,
        recoveryWindowInDays: protect ? 30 : 0,
        tags: withTags(args.tags, { name }),
      },
      { parent: this, protect },
    );
    const value = new secretsmanager.SecretVersion(
      name,
      { secretId: secret.id, secretString: pulumi.jsonStringify({ username, password }) },
      opts,
    );
    return { password, arn: value.arn };
  }
}

/** The least that RDS takes as a limit, unless the limit is the size itself and nothing grows. */
function leastGrowth(storage: number): number {
  return Math.ceil(storage * 1.1);
}

function mostStorage(storage: number): number {
  return leastGrowth(storage) > MAX_STORAGE_GIB ? storage : Math.min(5 * storage, MAX_STORAGE_GIB);
}

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html */
const DATABASE_NAME = text(
  /^(?!(rdsadmin|template0|template1)$)[a-z][a-z0-9_]{0,62}$/i,
  "1 to 63 letters, digits and underscores, starting with a letter, and not rdsadmin, template0 or template1",
);

const MAJOR_VERSION = text(
  /^(1[1-9]|[2-9]\d)$/,
  "a major version of Postgres alone, such as 18, from 11 on",
  "Leave the minor out: AWS chooses it.",
);

function checkArgs(name: string, args: DatabaseArgs): void {
  const what = (key: string) => `Database "${name}": ${key}`;
  checkShape("Database", name, args);
  checkName("Database", name, DATABASE);
  checkWhole(what("storageGib"), args.storageGib, 20, MAX_STORAGE_GIB);
  check(what("maxStorageGib"), args.maxStorageGib, growth(args.storageGib ?? 20));
  checkWhole(what("backupRetentionDays"), args.backupRetentionDays, 1, 35);
  check(what("engineMajorVersion"), args.engineMajorVersion, MAJOR_VERSION);
  check(what("databaseName"), args.databaseName, DATABASE_NAME);
  check(what("vpcId"), args.vpcId, VPC_ID);
  check(what("subnetIds"), args.subnetIds, subnets(2));
  check(what("instanceClass"), args.instanceClass, INSTANCE_CLASS);
  checkTags(what("tags"), args.tags);
}

/** @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html */
function growth(storage: number): Rule<number> {
  const least = leastGrowth(storage);
  return {
    allowed: `${storage} (storageGib) for a disk that does not grow, or a whole number from ${least} to ${MAX_STORAGE_GIB}`,
    holds: (most) => most === storage || (Number.isInteger(most) && most >= least && most <= MAX_STORAGE_GIB),
  };
}
