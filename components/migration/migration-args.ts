import * as fs from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { type VpcFunctionArgs, vpcFunctionSpec } from "../functions/step-function-args";
import { PORT } from "../network/call-args";
import type { ArgsSpec, ComponentSpec, Format, Requirement } from "../validation/args-spec";
import { distinctIssue, requirementIssue } from "../validation/find-issues";
import { KMS_KEY_ARN, NOT_EMPTY, SECRET_ARN, SECURITY_GROUP_ID } from "../validation/formats";
import { functionName } from "../validation/names";

/** The database that is migrated. `Database` has all of it as outputs. */
export interface MigrationDatabaseArgs {
  /** The host name of the instance itself: RDS Proxy pins sessions that set timeouts. */
  address: pulumi.Input<string>;
  /** The TCP port, 1-65535. */
  port: pulumi.Input<number>;
  /** The database in the instance. */
  databaseName: pulumi.Input<string>;
  /** The security group of the database, which admits the function. */
  securityGroupId: pulumi.Input<string>;
  /** The ARN of a secret `{"username","password"}` of the owner of the schema. */
  masterSecretArn: pulumi.Input<string>;
  /**
   * The ARN of another secret `{"username","password"}`, for the application's role.
   *
   * The expand step creates and updates this role, which cannot change the schema.
   */
  applicationSecretArn: pulumi.Input<string>;
  /**
   * The ARNs of the customer managed KMS keys that encrypt the two secrets.
   *
   * The function may use them for the decryption of secrets only.
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
   * The PEM file with the only certificate authorities that may have issued the certificate of the database server.
   *
   * For a database with an authority of your own; it has no effect when `requireTls` is false. The path is resolved like
   * `scriptsDirectory`.
   *
   * @default none, Amazon's authorities (RDS's included) and those of Node are trusted
   */
  certificateAuthorityFile?: string;
  /**
   * Reserves one of the account's concurrent executions, so that two runs cannot overlap.
   *
   * AWS rejects it in accounts with a limit of 10. With false, the lock of the runner still prevents an overlap.
   *
   * @default true
   */
  reserveConcurrency?: boolean;
}

/** Components run in a process and a folder of their own for a program in another language. */
const GIVE_PATH = "Give its path: relative to the program, or absolute for a program in another language.";

const CERTIFICATES_FILE: Requirement<string> = {
  allowed: "a file with certificates in PEM, -----BEGIN CERTIFICATE-----, and no private key",
  holds: (file) => {
    const text = readText(file);
    return /^-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/m.test(text) && !/PRIVATE KEY-----/.test(text);
  },
  remedy: GIVE_PATH,
};

/** The file's text, or none when it is not readable, e.g. for certificates in place of a path. */
function readText(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** The Lambda rejects other names, but only during a release. */
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

const databaseSpec = {
  address: { kind: "string", format: NOT_EMPTY, required: true, input: true },
  port: { ...PORT, required: true, input: true },
  databaseName: { kind: "string", format: NOT_EMPTY, required: true, input: true },
  securityGroupId: { kind: "string", format: SECURITY_GROUP_ID, required: true, input: true },
  masterSecretArn: { kind: "string", format: SECRET_ARN, required: true, input: true },
  applicationSecretArn: { kind: "string", format: SECRET_ARN, required: true, input: true },
  secretKmsKeyArns: {
    kind: "list",
    items: { kind: "string", format: KMS_KEY_ARN, input: true },
    whenOmitted: "none, for secrets under the AWS managed key `aws/secretsmanager`",
    input: true,
  },
} as const satisfies ArgsSpec<MigrationDatabaseArgs>;

export const migrationSpec = {
  name: functionName("-migrate"),
  args: {
    ...vpcFunctionSpec,
    database: { kind: "object", args: databaseSpec, required: true },
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
