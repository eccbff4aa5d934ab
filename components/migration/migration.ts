import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { bundledHandler } from "../functions/bundled";
import { createStepFunction } from "../functions/lambda-function";
import { PORT } from "../network/calls";
import { check, InvalidArgumentError, otherThan, type Rule, text } from "../validation/invalid-argument";
import { checkName, ofFunction } from "../validation/names";
import {
  FUNCTION_SUBNETS,
  KMS_KEY_ARN,
  NOT_EMPTY,
  SECRET_ARN,
  SECURITY_GROUP_ID,
  VPC_ID,
} from "../validation/rules";
import { checkShape } from "../validation/shape";
import { checkTags } from "../validation/tags";

/** The database that is migrated; `Database` has all of it as outputs. */
export interface MigrationDatabaseArgs {
  /** The instance itself, not a proxy: RDS Proxy pins sessions that set timeouts. */
  address: pulumi.Input<string>;
  /** The TCP port, 1-65535. */
  port: pulumi.Input<number>;
  /** The database in the instance. */
  databaseName: pulumi.Input<string>;
  /** Opened for the function. */
  securityGroupId: pulumi.Input<string>;
  /** The ARN of a secret `{"username","password"}` of the owner of the schema. */
  masterSecretArn: pulumi.Input<string>;
  /**
   * The ARN of another secret `{"username","password"}`, of the application's role, which the expand step creates and
   * keeps.
   */
  applicationSecretArn: pulumi.Input<string>;
  /**
   * The ARNs of the KMS keys that encrypt the two secrets, where they are keys of your own: the function may decrypt with
   * them what Secrets Manager asks for. Default: none, which is right for secrets under AWS's key `aws/secretsmanager`.
   */
  secretKmsKeyArns?: pulumi.Input<pulumi.Input<string>[]>;
}

export interface MigrationArgs {
  /** The VPC of the subnets. */
  vpcId: pulumi.Input<string>;
  /** Private subnets, 1-16, from which the database and Secrets Manager can be reached. */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** What is migrated. */
  database: MigrationDatabaseArgs;
  /**
   * The folder with `NNNN_name.expand.sql` and `NNNN_name.contract.sql`: relative to the program, or absolute where the
   * program is in another language than TypeScript.
   */
  scriptsDirectory: string;
  /** Whether the function checks the server's certificate. Default: true; false sends everything in clear. */
  requireTls?: boolean;
  /**
   * A file with certificates in PEM, its path as that of `scriptsDirectory`: the authorities, and no others, that may
   * have issued the server's certificate. For a database under an authority of your own; nobody asks for it where
   * `requireTls` is false. Default: none, then Amazon's, RDS's among them, and those that Node trusts.
   */
  certificateAuthorityFile?: string;
  /**
   * One of the account's concurrent executions is set aside, so that two runs cannot overlap. AWS refuses it in
   * accounts with a limit of 10. Default: true (the runner's own lock holds either way).
   */
  reserveConcurrency?: boolean;
  /**
   * Tags beside the component's own, which they replace where the key is the same; at most 49. A key has 1-128
   * characters and does not begin with `aws:`, a value up to 256: letters, digits, spaces and `_.:/=+-@`.
   * Default: none.
   */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** The longest a Lambda may run. A longer backfill goes on in the next invocation. */
const TIMEOUT_SECONDS = 900;

/**
 * The function that changes the database while it serves. `MigrationStep` runs it.
 *
 * ```ts
 * const migration = new Migration("prod", {
 *   vpcId: network.vpcId,
 *   subnetIds: network.privateSubnetIds,
 *   database,
 *   scriptsDirectory: "migrations",
 * });
 * ```
 * @throws InvalidArgumentError when the folder is not there, has no script or one with another name, and for an arg that
 * AWS would refuse, before anything is declared.
 */
export class Migration extends pulumi.ComponentResource {
  /** The function, for `MigrationStep`. */
  public readonly functionName: pulumi.Output<string>;
  /** Its published version. Known when the function may run. */
  public readonly functionVersion: pulumi.Output<string>;

  constructor(name: string, args: MigrationArgs, opts?: pulumi.ComponentResourceOptions) {
    checkMigration(name, args);
    const scripts = sqlFiles(name, args.scriptsDirectory);
    super("changeover:index:Migration", name, args, opts);
    const { database, certificateAuthorityFile: authorities } = args;
    const fn = createStepFunction(this, `${name}-migrate`, {
      vpcId: args.vpcId,
      subnetIds: args.subnetIds,
      code: new pulumi.asset.AssetArchive({
        "index.js": bundledHandler("migrate"),
        ...(authorities && { [AUTHORITIES]: new pulumi.asset.FileAsset(authorities) }),
        migrations: new pulumi.asset.AssetArchive(
          Object.fromEntries(
            scripts.map((file) => [file, new pulumi.asset.FileAsset(path.join(args.scriptsDirectory, file))]),
          ),
        ),
      }),
      environment: {
        DATABASE_HOST: database.address,
        DATABASE_PORT: pulumi.interpolate`${database.port}`,
        DATABASE_NAME: database.databaseName,
        DATABASE_TLS: (args.requireTls ?? true) ? "verify" : "off",
        ...(authorities && { DATABASE_CA_FILE: AUTHORITIES }),
        MASTER_SECRET_ARN: database.masterSecretArn,
        APP_SECRET_ARN: database.applicationSecretArn,
      },
      policyStatements: [
        {
          Effect: "Allow",
          Action: "secretsmanager:GetSecretValue",
          Resource: [database.masterSecretArn, database.applicationSecretArn],
        },
        decryption(database.secretKmsKeyArns),
      ],
      calls: [{ name: "database", securityGroupId: database.securityGroupId, port: database.port }],
      timeoutSeconds: TIMEOUT_SECONDS,
      reservedConcurrency: (args.reserveConcurrency ?? true) ? 1 : undefined,
      tags: args.tags,
    });
    this.functionName = fn.functionName;
    this.functionVersion = fn.functionVersion;
    this.registerOutputs({ functionName: this.functionName, functionVersion: this.functionVersion });
  }
}

/**
 * Secrets Manager decrypts a secret in the name of who asks for it. What else the keys encrypt stays closed. That there is
 * no key may turn out late, and IAM takes no statement about nothing.
 */
function decryption(keyArns: MigrationDatabaseArgs["secretKmsKeyArns"]): pulumi.Output<object[]> {
  const Condition = { StringLike: { "kms:ViaService": "secretsmanager.*" } };
  return pulumi
    .output(keyArns)
    .apply((Resource) =>
      Resource?.length ? [{ Effect: "Allow", Action: "kms:Decrypt", Resource, Condition }] : [],
    );
}

function checkMigration(name: string, args: MigrationArgs): void {
  const what = (key: string) => `Migration "${name}": ${key}`;
  checkShape("Migration", name, args);
  checkName("Migration", name, ofFunction("-migrate"));
  check(what("vpcId"), args.vpcId, VPC_ID);
  check(what("subnetIds"), args.subnetIds, FUNCTION_SUBNETS);
  const { address, port, databaseName, securityGroupId, masterSecretArn, applicationSecretArn } =
    args.database;
  const of = (key: string) => what(`database.${key}`);
  check(of("address"), address, NOT_EMPTY);
  check(of("port"), port, PORT);
  check(of("databaseName"), databaseName, NOT_EMPTY);
  check(of("securityGroupId"), securityGroupId, SECURITY_GROUP_ID);
  check(of("masterSecretArn"), masterSecretArn, SECRET_ARN);
  check(of("applicationSecretArn"), applicationSecretArn, SECRET_ARN);
  const allowed = "another secret than masterSecretArn: the application may not change the schema";
  check(of("applicationSecretArn"), applicationSecretArn, otherThan(masterSecretArn, allowed));
  const keyArns = args.database.secretKmsKeyArns;
  if (Array.isArray(keyArns)) for (const key of keyArns) check(of("secretKmsKeyArns"), key, KMS_KEY_ARN);
  check(what("certificateAuthorityFile"), args.certificateAuthorityFile, CERTIFICATES_FILE);
  checkTags(what("tags"), args.tags);
}

/** For other languages the components run as a process of their own, in their own folder, and read these files there. */
const GIVE_PATH =
  "Give its path: relative to the program, or absolute where that is in another language than TypeScript.";

/** The file's name beside the handler. */
const AUTHORITIES = "authorities.pem";

const CERTIFICATES_FILE: Rule<string> = {
  allowed: "a file with certificates in PEM, -----BEGIN CERTIFICATE-----, and no private key",
  holds: (file) => {
    const text = textOf(file);
    return /^-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/m.test(text) && !/PRIVATE KEY-----/.test(text);
  },
  todo: GIVE_PATH,
};

/** Of what cannot be read, such as certificates in place of their file's path: none. */
function textOf(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** What the function takes for a script; in the middle of a release it would refuse any other. */
const SCRIPT_FILE = text(
  /^\d{4}_[a-z0-9]+(_[a-z0-9]+)*\.(expand|contract)\.sql$/,
  "NNNN_name.expand.sql or NNNN_name.contract.sql, the name of lower-case letters, digits and underscores",
  "Rename it, or move it out of the folder.",
);

function sqlFiles(name: string, directory: string): string[] {
  const isFolder = fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const files = isFolder ? fs.readdirSync(directory).filter((file) => /\.sql$/i.test(file)) : [];
  if (files.length === 0) {
    throw new InvalidArgumentError({
      what: `Migration "${name}": scriptsDirectory`,
      got: directory,
      allowed: "a folder with NNNN_name.expand.sql and NNNN_name.contract.sql",
      todo: GIVE_PATH,
    });
  }
  for (const file of files) check(`Migration "${name}": scriptsDirectory, file`, file, SCRIPT_FILE);
  return files.sort();
}
