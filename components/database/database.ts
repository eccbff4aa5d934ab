import * as ec2 from "@pulumi/aws/ec2";
import * as rds from "@pulumi/aws/rds";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random";
import { withTags } from "../tags/resource-tags";
import { validateArgs, type WithDefaults } from "../validation/validate-args";
import { type DatabaseArgs, databaseSpec, defaultMaxStorageGib } from "./database-args";
import { createLoginSecret } from "./login-secret";

type DatabaseSettings = WithDefaults<DatabaseArgs, typeof databaseSpec>;

const APPLICATION_USER = "changeover_app";
const MASTER_USER = "changeover_master";

/**
 * An encrypted RDS for PostgreSQL instance in isolated subnets, with two logins in Secrets Manager.
 *
 * Only migrations use the master login. The first expand step creates the role of the application's login; this role
 * cannot change the schema. With a `DatabaseLogin` for each color, the role has the rights and is no login itself.
 *
 * ```ts
 * const database = new Database("prod", { vpcId: network.vpcId, subnetIds: network.databaseSubnetIds });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args.
 */
export class Database extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = databaseSpec;

  /** The host name of the instance. */
  public readonly address: pulumi.Output<string>;
  /** The TCP port. */
  public readonly port: pulumi.Output<number>;
  /** The name of the database in the instance. */
  public readonly databaseName: string;
  /** The security group of the database. */
  public readonly securityGroupId: pulumi.Output<string>;
  /**
   * The ARN of the secret with the master login, `{"username","password"}`. It is known once the secret has its
   * value.
   */
  public readonly masterSecretArn: pulumi.Output<string>;
  /**
   * The ARN of the secret with the application's login, `{"username","password"}`. It is known once the secret has
   * its value.
   */
  public readonly applicationSecretArn: pulumi.Output<string>;
  /** The id of the value of the application's secret, which is new with each password. */
  public readonly applicationSecretVersionId: pulumi.Output<string>;
  /** The name of the application's role, which has the rights in the database. */
  public readonly applicationUsername: string;
  /** The identifier of the instance, e.g. for CloudWatch. */
  public readonly identifier: pulumi.Output<string>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    const settings = validateArgs(Database, name, args, opts);
    super("changeover:index:Database", name, args, opts);
    const { protect, storageGib, engineMajorVersion } = settings;
    const tags = withTags(args.tags, { name });
    const childOpts = { parent: this };
    this.databaseName = settings.databaseName;

    const group = new ec2.SecurityGroup(
      `${name}-database`,
      { vpcId: args.vpcId, description: `Who may connect to the database ${name}`, tags },
      childOpts,
    );
    const subnetGroup = new rds.SubnetGroup(name, { subnetIds: args.subnetIds, tags }, childOpts);
    const parameterGroup = new rds.ParameterGroup(
      name,
      {
        family: `postgres${engineMajorVersion}`,
        parameters: parametersOf(settings),
        tags,
      },
      childOpts,
    );
    const login = (suffix: string, username: string) =>
      createLoginSecret(this, `${name}-${suffix}`, { username, tags: args.tags, protect });
    const master = login("master", MASTER_USER);
    const application = login("application", APPLICATION_USER);
    const snapshot = new RandomId(`${name}-final-snapshot`, { byteLength: 4 }, childOpts);

    const instance = new rds.Instance(
      name,
      {
        engine: "postgres",
        engineVersion: engineMajorVersion,
        autoMinorVersionUpgrade: settings.autoMinorVersionUpgrade ?? !protect,
        instanceClass: settings.instanceClass,
        allocatedStorage: storageGib,
        maxAllocatedStorage: args.maxStorageGib ?? defaultMaxStorageGib(storageGib),
        storageType: "gp3",
        storageEncrypted: true,
        kmsKeyId: settings.kmsKeyArn,
        performanceInsightsEnabled: settings.performanceInsights ? true : undefined,
        multiAz: settings.multiAz,
        dbName: this.databaseName,
        username: MASTER_USER,
        password: master.password,
        dbSubnetGroupName: subnetGroup.name,
        vpcSecurityGroupIds: [group.id],
        parameterGroupName: parameterGroup.name,
        publiclyAccessible: false,
        backupRetentionPeriod: settings.backupRetentionDays,
        backupWindow: settings.backupWindow,
        // RDS returns the days in lower case.
        maintenanceWindow: settings.maintenanceWindow?.toLowerCase(),
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
    this.masterSecretArn = master.filledSecretArn;
    this.applicationSecretArn = application.filledSecretArn;
    this.applicationSecretVersionId = application.secretVersionId;
    this.applicationUsername = APPLICATION_USER;
    this.identifier = instance.identifier;
    this.registerOutputs({
      address: this.address,
      port: this.port,
      databaseName: this.databaseName,
      securityGroupId: this.securityGroupId,
      masterSecretArn: this.masterSecretArn,
      applicationSecretArn: this.applicationSecretArn,
      applicationSecretVersionId: this.applicationSecretVersionId,
      applicationUsername: this.applicationUsername,
    });
  }
}

function parametersOf({ requireTls, parameters = {} }: Pick<DatabaseSettings, "requireTls" | "parameters">) {
  return [
    { name: "rds.force_ssl", value: requireTls ? "1" : "0" },
    // Static parameters are accepted only with this method; dynamic ones then wait for a restart, too.
    ...Object.entries(parameters).map(([name, value]) => ({ name, value, applyMethod: "pending-reboot" })),
  ];
}
