import * as fs from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { type VpcFunctionArgs, vpcFunctionSpec } from "../functions/step-function-args";
import { PORT } from "../network/call-args";
import type { ArgsSpec, ComponentSpec, Format, Requirement } from "../validation/args-spec";
import { distinctIssue, requirementIssue } from "../validation/find-issues";
import { KMS_KEYS_ARN, NOT_EMPTY, SECRET_ARN, SECURITY_GROUP_ID } from "../validation/formats";
import { logRetentionCheck } from "../validation/log-retention";
import { functionName } from "../validation/names";

/** The database that is migrated. `Database` has outputs of the same names. */
export interface MigrationDatabaseArgs {
  /** The host name of the instance. Do not use RDS Proxy, which pins sessions that set timeouts. */
  address: pulumi.Input<string>;
  /** The TCP port, 1-65535. */
  port: pulumi.Input<number>;
  /** The name of the database in the instance. */
  databaseName: pulumi.Input<string>;
  /** The security group of the database, which admits the function. */
  securityGroupId: pulumi.Input<string>;
  /** The ARN of a secret with the login of the schema's owner, `{"username","password"}`. */
  masterSecretArn: pulumi.Input<string>;
  /**
   * The ARN of another secret with the login of the application, `{"username","password"}`.
   *
   * The expand step creates and updates the login's role, which cannot change the schema. For a step with `logins`, the
   * role has the rights and the logins are its members.
   */
  applicationSecretArn: pulumi.Input<string>;
  /**
   * The ARNs of the secrets of the logins that expand steps set: of each `DatabaseLogin`.
   *
   * @default none, the application has one login
   */
  loginSecretArns?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The ARNs of the customer managed KMS keys that encrypt the secrets.
   *
   * The function may use the keys only to decrypt secrets.
   *
   * @default none, for secrets under the AWS managed key `aws/secretsmanager`
   */
  secretKmsKeyArns?: pulumi.Input<pulumi.Input<string>[]>;
}

export interface MigrationArgs extends VpcFunctionArgs {
  /** The database that is migrated. */
  database: MigrationDatabaseArgs;
  /**
   * The folder with `NNNN_name.expand.sql` and `NNNN_name.contract.sql`.
   *
   * The path is relative to the program, or absolute for a program in another language than TypeScript.
   */
  scriptsDirectory: string;
  /**
   * Encrypts the connection and verifies the certificate of the database server; false sends all data unencrypted.
   *
   * @default true
   */
  requireTls?: boolean;
  /**
   * A PEM file with the certificate authorities that are trusted instead of the default ones.
   *
   * Use it if your own authority issued the certificate of the database server. It has no effect if `requireTls` is
   * false. The path is resolved like `scriptsDirectory`.
   *
   * @default none, Amazon's authorities (RDS's included) and those of Node are trusted
   */
  certificateAuthorityFile?: string;
  /**
   * Sets the reserved concurrency of the function to 1, so that two runs cannot overlap.
   *
   * AWS rejects this in an account with a concurrency limit of 10. With false, a lock in the database still prevents
   * overlapping runs.
   *
   * @default true
   */
  reserveConcurrency?: boolean;
}

/** For a program in another language, components run in a separate process with another working directory. */
const GIVE_PATH = "Give its path: relative to the program, or absolute for a program in another language.";

const CERTIFICATES_FILE: Requirement<string> = {
  allowed: "a file with certificates in PEM, -----BEGIN CERTIFICATE-----, and no private key",
  holds: (file) => {
    const text = readText(file);
    return /^-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/m.test(text) && !/PRIVATE KEY-----/.test(text);
  },
  remedy: GIVE_PATH,
};

/** Returns undefined if the file is not readable, e.g. because the certificates were given instead of their path. */
function readText(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** The Lambda rejects other names too, but only during a release. */
const SCRIPT_FILE: Format = {
  pattern: /^\d{4}_[a-z0-9]+(_[a-z0-9]+)*\.(expand|contract)\.sql$/,
  allowed:
    "a folder with no other SQL files than NNNN_name.expand.sql and NNNN_name.contract.sql, the name of lower-case letters, digits and underscores",
  remedy: "Rename it, or move it out of the folder.",
};

export function scriptFiles(directory: string): string[] {
  const isFolder = fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isFolder
    ? fs
        .readdirSync(directory)
        .filter((file) => /\.sql$/i.test(file))
        .sort()
    : [];
}

function scriptIssues(directory: string) {
  const key = "scriptsDirectory";
  const files = scriptFiles(directory);
  if (files.length > 0) return files.map((file) => requirementIssue(key, file, SCRIPT_FILE));
  const allowed = "a folder with NNNN_name.expand.sql and NNNN_name.contract.sql";
  return [{ key, allowed, got: directory, remedy: GIVE_PATH }];
}

const ADDRESS: Format = {
  pattern: /^(?![^:]*:\d*$)[^\s/@]+$/,
  allowed: "a host name without a protocol and a port, such as shop.cluster.example.com",
};

const databaseSpec = {
  address: { kind: "string", complete: true, format: ADDRESS, required: true, input: true },
  port: { ...PORT, required: true, input: true },
  databaseName: { kind: "string", format: NOT_EMPTY, required: true, input: true },
  securityGroupId: { kind: "string", format: SECURITY_GROUP_ID, required: true, input: true },
  masterSecretArn: { kind: "string", format: SECRET_ARN, required: true, input: true },
  applicationSecretArn: { kind: "string", format: SECRET_ARN, required: true, input: true },
  loginSecretArns: {
    kind: "list",
    items: { kind: "string", format: SECRET_ARN, input: true },
    whenOmitted: "none, the application has one login",
    input: true,
  },
  secretKmsKeyArns: {
    kind: "list",
    items: { kind: "string", format: KMS_KEYS_ARN, input: true },
    whenOmitted: "none, for secrets under the AWS managed key `aws/secretsmanager`",
    input: true,
  },
} as const satisfies ArgsSpec<MigrationDatabaseArgs>;

export const migrationSpec = {
  name: functionName("-migrate"),
  args: {
    ...vpcFunctionSpec,
    database: { kind: "object", component: "Database", args: databaseSpec, required: true },
    scriptsDirectory: { kind: "string", required: true },
    requireTls: { kind: "boolean", default: true },
    certificateAuthorityFile: {
      kind: "string",
      format: CERTIFICATES_FILE,
      whenOmitted: "none, Amazon's authorities (RDS's included) and those of Node are trusted",
    },
    reserveConcurrency: { kind: "boolean", default: true },
  },
  checks: [
    logRetentionCheck,
    { reads: ["scriptsDirectory"], check: ({ scriptsDirectory }) => scriptIssues(scriptsDirectory) },
    {
      reads: ["database"],
      check: ({ database: { masterSecretArn, applicationSecretArn } }) => [
        distinctIssue(
          "database.applicationSecretArn",
          applicationSecretArn,
          masterSecretArn,
          "another secret than masterSecretArn (the application may not change the schema)",
        ),
      ],
    },
  ],
} as const satisfies ComponentSpec<MigrationArgs>;
