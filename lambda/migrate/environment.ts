import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import type { AppRole } from "../../migrations/runner/app-role";
import type { Connection } from "../../migrations/runner/connection";
import { DEFAULT_LIMITS, type Limits } from "../../migrations/runner/limits";
import { MigrationError } from "../../migrations/runner/migration-error";

const environment = z.object({
  DATABASE_HOST: z.string().min(1),
  DATABASE_PORT: z.coerce.number().int().min(1).max(65535).default(5432),
  DATABASE_NAME: z.string().min(1),
  DATABASE_TLS: z.enum(["verify", "off"]).default("verify"),
  /** PEM file, relative to the bundle. */
  DATABASE_CA_FILE: z.string().min(1).optional(),
  /** ARNs of secrets of the form `{"username", "password"}`. */
  MASTER_SECRET_ARN: z.string().min(1),
  APP_SECRET_ARN: z.string().min(1),
  MIGRATIONS_DIRECTORY: z.string().min(1).optional(),
  STALL_BUDGET_MS: z.coerce.number().int().min(10).max(10_000).default(DEFAULT_LIMITS.stallBudgetMs),
  LOCK_WAIT_SECONDS: z.coerce.number().min(1).max(900).default(DEFAULT_LIMITS.lockWaitSeconds),
  DRAIN_WAIT_SECONDS: z.coerce.number().min(1).max(900).default(DEFAULT_LIMITS.drainSeconds),
});

const secretValue = z.object({ username: z.string().min(1), password: z.string().min(1) });

export interface MigrateSettings {
  readonly connection: Connection;
  readonly appRole: AppRole;
  /** The logins of an expand, if the event names their secrets. */
  readonly logins?: readonly AppRole[];
  readonly migrationsDirectory: string;
  readonly limits: Partial<Limits>;
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

async function readSecret(client: SecretsManagerClient, name: string, arn: string): Promise<AppRole> {
  let text: string | undefined;
  try {
    text = (await client.send(new GetSecretValueCommand({ SecretId: arn }))).SecretString;
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new MigrationError(`The secret ${name} (${arn}) cannot be read: ${reason}`);
  }
  const read = secretValue.safeParse(parseJson(text));
  if (read.success) return read.data;
  throw new MigrationError(`The secret ${name} (${arn}) must be JSON with "username" and "password".`);
}

function readAuthorities(bundleDirectory: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(resolve(bundleDirectory, file), "utf8");
  } catch (error) {
    throw new MigrationError(`DATABASE_CA_FILE (${file}) cannot be read: ${(error as Error).message}`);
  }
}

/**
 * Reads the function's environment, the two secrets that it names, and the secrets of the event.
 *
 * @throws MigrationError with each invalid variable, file or secret
 */
export async function readSettings(
  env: NodeJS.ProcessEnv,
  bundleDirectory: string,
  loginSecretArns?: readonly string[],
): Promise<MigrateSettings> {
  const read = environment.safeParse(env);
  if (!read.success) throw new MigrationError(`The environment is invalid:\n${z.prettifyError(read.error)}`);
  const { data } = read;
  const authorities = readAuthorities(bundleDirectory, data.DATABASE_CA_FILE);
  const client = new SecretsManagerClient({
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
  try {
    const [master, appRole] = await Promise.all([
      readSecret(client, "MASTER_SECRET_ARN", data.MASTER_SECRET_ARN),
      readSecret(client, "APP_SECRET_ARN", data.APP_SECRET_ARN),
    ]);
    const logins =
      loginSecretArns &&
      (await Promise.all(loginSecretArns.map((arn, index) => readSecret(client, `logins[${index}]`, arn))));
    return {
      connection: {
        host: data.DATABASE_HOST,
        port: data.DATABASE_PORT,
        database: data.DATABASE_NAME,
        user: master.username,
        password: master.password,
        tls: data.DATABASE_TLS,
        authorities,
      },
      appRole,
      logins,
      migrationsDirectory: data.MIGRATIONS_DIRECTORY ?? join(bundleDirectory, "migrations"),
      limits: {
        stallBudgetMs: data.STALL_BUDGET_MS,
        lockWaitSeconds: data.LOCK_WAIT_SECONDS,
        drainSeconds: data.DRAIN_WAIT_SECONDS,
      },
    };
  } finally {
    client.destroy();
  }
}
