import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import pg from "pg";

const { DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_SECRET_ARN, DATABASE_TLS, DATABASE_CLIENT } =
  process.env;
const POOL_SIZE = 5;
/** SQLSTATEs of a wrong password, and of a login that may no longer connect. */
const REJECTED_LOGIN = new Set(["28P01", "28000"]);

const secrets = new SecretsManagerClient({});

interface Login {
  readonly username: string;
  readonly password: string;
}

async function readLogin(): Promise<Login> {
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: DATABASE_SECRET_ARN }));
  return JSON.parse(SecretString ?? "{}");
}

let login: Login | undefined;

class Client extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super({ ...config, user: login?.username, password: login?.password });
  }
}

const pool = new pg.Pool({
  Client,
  host: DATABASE_HOST,
  port: Number(DATABASE_PORT),
  database: DATABASE_NAME,
  ssl: DATABASE_TLS === "true",
  application_name: DATABASE_CLIENT,
  max: POOL_SIZE,
  connectionTimeoutMillis: 5_000,
  query_timeout: 5_000,
});
pool.on("error", (error) => console.error(`idle database connection lost: ${error.message}`));

/** The login's password is read at the start, and again when the database rejects it. */
export async function query(
  sql: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  login ??= await readLogin();
  try {
    return (await pool.query(sql, [...values])).rows;
  } catch (error) {
    if (!REJECTED_LOGIN.has((error as { code?: string }).code ?? "")) throw error;
    login = await readLogin();
    return (await pool.query(sql, [...values])).rows;
  }
}

export const closeDatabase = (): Promise<void> => pool.end();
