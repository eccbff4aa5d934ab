import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { bundledHandler } from "./bundled";
import type { Color } from "./color";
import { checkName, checkWhole, InvalidArgumentError } from "./invalid";
import { createStepFunction, type StepFunctionArgs } from "./lambdaFunction";
import { runStep } from "./step";

/** The database that is migrated; {@link Database} has all of it as outputs. */
export interface MigrationDatabaseArgs {
  /** The instance itself, not a proxy: RDS Proxy pins sessions that set timeouts. */
  address: pulumi.Input<string>;
  /** The TCP port, 1-65535. */
  port: pulumi.Input<number>;
  /** The database in the instance. */
  databaseName: pulumi.Input<string>;
  /** Opened for the function. */
  securityGroupId: pulumi.Input<string>;
  /** A secret `{"username","password"}` of the owner of the schema. */
  masterSecretArn: pulumi.Input<string>;
  /** A secret `{"username","password"}` of the application's role, which the expand step creates and keeps. */
  applicationSecretArn: pulumi.Input<string>;
}

export interface MigrationArgs {
  /** The VPC of the subnets. */
  vpcId: pulumi.Input<string>;
  /** Private subnets, from which the database and Secrets Manager can be reached. */
  subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** What is migrated. */
  database: MigrationDatabaseArgs;
  /** The folder with `NNNN_name.expand.sql` and `NNNN_name.contract.sql`, relative to the program. */
  scriptsDirectory: string;
  /** Whether the function checks the server's certificate. Default: true; false sends everything in clear. */
  requireTls?: boolean;
  /**
   * One of the account's concurrent executions is set aside, so that two runs cannot overlap. AWS refuses it in
   * accounts with a limit of 10. Default: true (the runner's own lock holds either way).
   */
  reserveConcurrency?: boolean;
  /** Default: none. */
  tags?: Record<string, pulumi.Input<string>>;
}

/** The longest a Lambda may run. A longer backfill goes on in the next invocation. */
const TIMEOUT_SECONDS = 900;

/**
 * The function that changes the database while it serves. {@link MigrationStep} runs it.
 *
 * ```ts
 * const migration = new Migration("prod", {
 *   vpcId: network.vpcId,
 *   subnetIds: network.privateSubnetIds,
 *   database,
 *   scriptsDirectory: "migrations",
 * });
 * ```
 * @throws InvalidArgumentError when the folder is not there or has no script.
 */
export class Migration extends pulumi.ComponentResource {
  /** The function, for {@link MigrationStep}. */
  public readonly functionName: pulumi.Output<string>;
  /** Its published version. Known when the function may run. */
  public readonly functionVersion: pulumi.Output<string>;

  constructor(name: string, args: MigrationArgs, opts?: pulumi.ComponentResourceOptions) {
    checkName("Migration", name);
    const scripts = sqlFiles(name, args.scriptsDirectory);
    super("changeover:index:Migration", name, args, opts);
    const { database } = args;
    const fn = createStepFunction(this, `${name}-migrate`, {
      vpcId: args.vpcId,
      subnetIds: args.subnetIds,
      code: new pulumi.asset.AssetArchive({
        "index.js": bundledHandler("migrate"),
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
        MASTER_SECRET_ARN: database.masterSecretArn,
        APP_SECRET_ARN: database.applicationSecretArn,
      },
      policyStatements: [
        {
          Effect: "Allow",
          Action: "secretsmanager:GetSecretValue",
          Resource: [database.masterSecretArn, database.applicationSecretArn],
        },
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

function sqlFiles(name: string, directory: string): string[] {
  const files = fs.existsSync(directory)
    ? fs.readdirSync(directory).filter((file) => file.endsWith(".sql"))
    : [];
  if (files.length === 0) {
    throw new InvalidArgumentError({
      what: `Migration "${name}": scriptsDirectory`,
      got: directory,
      allowed: "a folder with NNNN_name.expand.sql and NNNN_name.contract.sql",
      todo: "Give its path, relative to the program.",
    });
  }
  return files.sort();
}

/** A color that can serve, and what it runs. */
export interface ServingColorArgs {
  /** Which one. */
  color: Color;
  /** The release it runs, three numbers such as 1.2.3. */
  version: string;
}

export interface MigrationStepArgs {
  /** Which function runs: a {@link Migration}, or its two outputs. */
  migration: StepFunctionArgs;
  /** `expand`: what the versions need. `contract`: what no version needs any more. */
  phase: MigrationPhase;
  /** Expand: the versions that the colors run; every script that one of them needs is applied. Default: none. */
  versions?: string[];
  /** Contract: the last script to apply, e.g. `0002_split_name`. Default: none. */
  through?: string;
  /** Contract: the colors that can serve; the function looks again whether they need what goes. Default: none. */
  serving?: ServingColorArgs[];
  /**
   * Contract: what the application's connections call themselves, `<applicationName>:<color>:<version>` in
   * `application_name`; the step waits until none is left of a version before. Default: `changeover`.
   */
  applicationName?: string;
  /**
   * The SHA-256 of each script that this step may run, by its name, so that a preview shows when they change. Default:
   * none; a changed folder makes a new version of the function, and that runs the step again, too.
   */
  scripts?: Record<string, string>;
  /**
   * How often the function may be invoked in one update, one after the other, 1-16. One invocation has 15 minutes; a
   * backfill that takes longer goes on in the next one, and one that finds nothing left to do returns at once. Each is a
   * resource of its own. Default: 1.
   */
  maxInvocations?: number;
}

/** The two halves of a backward-compatible change. */
export const MigrationPhase = {
  Expand: "expand",
  Contract: "contract",
} as const;
export type MigrationPhase = (typeof MigrationPhase)[keyof typeof MigrationPhase];

/**
 * One run of the migrations, as a step of a release. It runs when it is created and again when its scripts, its versions
 * or the function's code change, never in a preview. A backfill that takes longer than a Lambda may run goes on in the
 * next of up to `maxInvocations` invocations. When it is still not done after the last one, or one fails, the update
 * fails; what is done is kept, and the next `pulumi up` goes on there.
 *
 * ```ts
 * new MigrationStep("expand", { migration, phase: MigrationPhase.Expand, versions: ["1.1.0"] });
 * ```
 * @throws InvalidArgumentError when an arg that the phase needs is missing, or `maxInvocations` is out of its range.
 */
export class MigrationStep extends pulumi.ComponentResource {
  constructor(name: string, args: MigrationStepArgs, opts?: pulumi.ComponentResourceOptions) {
    checkStep(name, args);
    const { migration, phase, versions, through, serving, scripts = {}, maxInvocations = 1 } = args;
    super("changeover:index:MigrationStep", name, { phase }, opts);
    const triggers = { scripts: crypto.createHash("sha256").update(JSON.stringify(scripts)).digest("hex") };
    const inputOf = (mustFinish?: true) =>
      JSON.stringify(
        phase === MigrationPhase.Expand
          ? { phase, versions, mustFinish }
          : { phase, through, serving, mustFinish, appName: args.applicationName ?? "changeover" },
      );
    let before = opts?.dependsOn;
    for (let number = 1; number < maxInvocations; number++) {
      before = runStep(this, `${name}-${number}`, migration, inputOf(), triggers, before);
    }
    // The last one bears the step's own name: a longer chain replaces nothing of a shorter one.
    const { result } = runStep(this, name, migration, inputOf(true), triggers, before);
    this.registerOutputs({ result });
  }
}

/** What the function would refuse in the middle of a release. */
function checkStep(
  name: string,
  { phase, versions, through, serving, maxInvocations }: MigrationStepArgs,
): void {
  checkWhole(`MigrationStep "${name}": maxInvocations`, maxInvocations, 1, 16);
  const needed: [key: string, value: unknown][] =
    phase === MigrationPhase.Expand
      ? [["versions", versions?.[0]]]
      : [
          ["through", through],
          ["serving", serving?.[0]],
        ];
  const missing = needed.find(([, value]) => value === undefined);
  if (missing === undefined) return;
  throw new InvalidArgumentError({
    what: `MigrationStep "${name}": ${missing[0]}`,
    got: undefined,
    allowed: `a value, because the phase is ${phase}`,
    todo: `Give ${missing[0]}.`,
  });
}
