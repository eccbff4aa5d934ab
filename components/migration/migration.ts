import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { bundledHandler } from "../functions/bundled";
import { createStepFunction } from "../functions/step-function";
import { validateArgs } from "../validation/validate-args";
import { type MigrationArgs, type MigrationDatabaseArgs, migrationSpec, scriptFiles } from "./migration-args";

/** The maximum timeout of Lambda. A longer backfill continues in the next invocation. */
const TIMEOUT_SECONDS = 900;

/** The function calls the APIs of AWS, and no other address outside of its `calls`. */
const AWS_PORTS = [443];

/** The file with certificate authorities in the function's code, beside the handler. */
const AUTHORITIES_FILE = "authorities.pem";

/**
 * The Lambda that migrates the database while the application uses it. `MigrationStep` invokes the Lambda.
 *
 * ```ts
 * const migration = new Migration("prod", {
 *   vpcId: network.vpcId,
 *   subnetIds: network.privateSubnetIds,
 *   database,
 *   scriptsDirectory: "migrations",
 * });
 * ```
 *
 * @throws pulumi.InputPropertiesError with all invalid args, also for a folder without scripts.
 */
export class Migration extends pulumi.ComponentResource {
  /** @internal */
  static readonly spec = migrationSpec;

  /** The name of the function, for `MigrationStep`. */
  public readonly functionName: pulumi.Output<string>;
  /** The published version of the function. It is known once the function can run. */
  public readonly functionVersion: pulumi.Output<string>;

  constructor(name: string, args: MigrationArgs, opts?: pulumi.ComponentResourceOptions) {
    const settings = validateArgs(Migration, name, args, opts);
    super("changeover:index:Migration", name, args, opts);
    const {
      vpcId,
      subnetIds,
      permissionsBoundaryArn,
      logRetentionDays,
      tags,
      database,
      scriptsDirectory,
      certificateAuthorityFile,
    } = settings;
    const scripts = scriptFiles(scriptsDirectory).map((file) => {
      return [file, new pulumi.asset.FileAsset(path.join(scriptsDirectory, file))] as const;
    });
    const migrate = createStepFunction(this, `${name}-migrate`, {
      ...{ vpcId, subnetIds, permissionsBoundaryArn, logRetentionDays, tags },
      egressPorts: AWS_PORTS,
      code: new pulumi.asset.AssetArchive({
        "index.js": bundledHandler("migrate"),
        ...(certificateAuthorityFile && {
          [AUTHORITIES_FILE]: new pulumi.asset.FileAsset(certificateAuthorityFile),
        }),
        migrations: new pulumi.asset.AssetArchive(Object.fromEntries(scripts)),
      }),
      environment: {
        DATABASE_HOST: database.address,
        DATABASE_PORT: pulumi.interpolate`${database.port}`,
        DATABASE_NAME: database.databaseName,
        DATABASE_TLS: settings.requireTls ? "verify" : "off",
        ...(certificateAuthorityFile && { DATABASE_CA_FILE: AUTHORITIES_FILE }),
        MASTER_SECRET_ARN: database.masterSecretArn,
        APP_SECRET_ARN: database.applicationSecretArn,
      },
      policyStatements: [
        {
          Effect: "Allow",
          Action: "secretsmanager:GetSecretValue",
          Resource: secretArns(database),
        },
        decryptStatements(database.secretKmsKeyArns),
      ],
      calls: [{ name: "database", securityGroupId: database.securityGroupId, port: database.port }],
      timeoutSeconds: TIMEOUT_SECONDS,
      reservedConcurrency: settings.reserveConcurrency ? 1 : undefined,
    });
    this.functionName = migrate.functionName;
    this.functionVersion = migrate.functionVersion;
    this.registerOutputs({ functionName: this.functionName, functionVersion: this.functionVersion });
  }
}

function secretArns({ masterSecretArn, applicationSecretArn, loginSecretArns }: MigrationDatabaseArgs) {
  return pulumi
    .all([masterSecretArn, applicationSecretArn, pulumi.output(loginSecretArns)])
    .apply(([master, application, logins = []]) => [master, application, ...logins]);
}

/**
 * Statements that let the function decrypt the secrets. There are none without keys: IAM rejects a statement without
 * resources.
 */
function decryptStatements(keyArns: MigrationDatabaseArgs["secretKmsKeyArns"]): pulumi.Output<object[]> {
  const Condition = { StringLike: { "kms:ViaService": "secretsmanager.*" } };
  return pulumi
    .output(keyArns)
    .apply((Resource) =>
      Resource?.length ? [{ Effect: "Allow", Action: "kms:Decrypt", Resource, Condition }] : [],
    );
}
