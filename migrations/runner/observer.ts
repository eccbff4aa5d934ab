import type { Client, QueryResult, QueryResultRow } from "pg";
import { closeSession } from "./connection";
import { isConnectionLost } from "./migration-error";

/** Without an answer within this time, the observer cannot protect clients. */
const ANSWER_LIMIT_MS = 1_000;

/** Reads the server's state in a session of its own, beside the session that works. Reconnects after a failure. */
export class Observer {
  private client: Client | undefined;

  constructor(private readonly open: () => Promise<Client>) {}

  /** Opens the session if it is lost. @throws MigrationError */
  async ready(): Promise<void> {
    if (this.client) return;
    const client = await this.open();
    client.once("end", () => this.forget(client));
    client.once("error", () => this.forget(client));
    this.client = client;
    // The observer is idle during a backfill. It holds no locks, so an idle session does no harm.
    await client.query("SET idle_session_timeout = 0");
  }

  /** Opens the session first if it is lost. */
  async query<Row extends QueryResultRow>(
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<QueryResult<Row>> {
    await this.ready();
    return this.queryNow<Row>(sql, values);
  }

  /** Fails if the session is lost, because opening another one takes longer than clients may wait. */
  async queryNow<Row extends QueryResultRow>(
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<QueryResult<Row>> {
    const { client } = this;
    if (!client) throw new Error("The observer's session ended.");
    const limit = setTimeout(() => client.connection.stream.destroy(), ANSWER_LIMIT_MS);
    try {
      return await client.query<Row>(sql, [...values]);
    } catch (error) {
      if (isConnectionLost(error)) this.forget(client);
      throw error;
    } finally {
      clearTimeout(limit);
    }
  }

  destroy(): void {
    this.client?.connection.stream.destroy();
  }

  async close(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    if (client) await closeSession(client);
  }

  private forget(client: Client): void {
    if (this.client === client) this.client = undefined;
  }
}
