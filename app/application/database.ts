import type { FastifyBaseLogger } from "fastify";
import pg from "pg";
import { APPLICATION_NAME, type ApplicationSettings } from "../environment";
import { HttpError } from "../server";
import type { QueryRow } from "../version-definition";
import { withRetries } from "./retry";
import type { DatabaseSecret } from "./secret";

/** Time limit for the retries of a statement. All statements are idempotent. */
const RETRY_LIMIT_MS = 5_000;
const CONNECT_LIMIT_MS = 2_000;
const STATEMENT_LIMIT_MS = 5_000;

const transientStates = new Set([
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now: starting or stopping
  "57P05", // idle_session_timeout
  "53300", // too_many_connections
  "25006", // read_only_sql_transaction: connected to the former primary of a failover
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "0A000", // cached plan must not change result type: a migration changed a column under a prepared statement
]);
const passwordStates = new Set(["28P01", "28000"]);

/** The driver's own connection errors have no SQLSTATE, so they are recognized by their messages. */
const connectionError = /^Connection (terminated|ended)|timeout|not queryable|server conn crashed/i;

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : "";
}

export function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  if (error instanceof pg.DatabaseError) {
    return code.startsWith("08") || transientStates.has(code) || passwordStates.has(code);
  }
  return /^E[A-Z]+/.test(code) || (error instanceof Error && connectionError.test(error.message));
}

/** A pool that survives an interruption of a few seconds and a changed password. */
export class DatabasePool {
  private readonly pool: pg.Pool;

  constructor(
    settings: ApplicationSettings,
    private readonly secret: DatabaseSecret,
    private readonly log: FastifyBaseLogger,
  ) {
    const { database, color, version } = settings;
    class Client extends pg.Client {
      constructor(config?: pg.ClientConfig) {
        const { username, password } = secret.current;
        super({ ...config, user: username, password });
      }
    }
    this.pool = new pg.Pool({
      Client,
      host: database.host,
      port: database.port,
      database: database.name,
      ssl: database.tls === "verify",
      max: database.poolSize,
      // A contract migration waits until pg_stat_activity has no connection of an older version.
      application_name: `${APPLICATION_NAME}:${color}:${version}`,
      connectionTimeoutMillis: CONNECT_LIMIT_MS,
      statement_timeout: STATEMENT_LIMIT_MS,
      query_timeout: STATEMENT_LIMIT_MS + 500,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
    });
    this.pool.on("error", (error) => this.log.warn({ code: codeOf(error) }, "idle connection lost"));
  }

  /** @throws {HttpError} 503 if the retries do not succeed in time. Other database errors are thrown unchanged. */
  async query(
    name: string,
    sql: string,
    values: readonly unknown[],
    limitMs = RETRY_LIMIT_MS,
  ): Promise<QueryRow[]> {
    let retries = 0;
    try {
      return await withRetries(() => this.send(name, sql, values), {
        limitMs,
        retryable: isTransient,
        onRetry: (error) => {
          if (retries++ === 0) this.log.warn({ query: name, code: codeOf(error) }, "query is retried");
        },
      });
    } catch (error) {
      this.log.error({ err: error, query: name, retries }, "query failed");
      if (!isTransient(error)) throw error;
      throw new HttpError(503, "The database does not answer. Please try again.");
    }
  }

  private async send(name: string, text: string, values: readonly unknown[]): Promise<QueryRow[]> {
    try {
      return (await this.pool.query<QueryRow>({ name, text, values: [...values] })).rows;
    } catch (error) {
      if (passwordStates.has(codeOf(error))) await this.secret.refresh().catch(() => {});
      throw error;
    }
  }

  async release(): Promise<void> {
    await this.pool.end();
  }
}
