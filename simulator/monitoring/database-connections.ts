import { Client } from "pg";
import type { PostgresServer } from "../database/postgres-server";

const INTERVAL_MS = 1_000;
const RETENTION_MS = 30 * 60_000;
const SQL = `SELECT count(*)::int AS count FROM pg_stat_activity
              WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;

interface ConnectionSample {
  readonly at: number;
  readonly count: number;
}

/** Counts the connections of each database once a second. A database that does not respond has no data. */
export class DatabaseConnections {
  private readonly samples = new Map<string, ConnectionSample[]>();
  private readonly clients = new Map<PostgresServer, Client>();
  private readonly timer: NodeJS.Timeout;
  private isReading = false;

  constructor(private readonly servers: () => ReadonlyMap<string, PostgresServer>) {
    this.timer = setInterval(() => void this.read(), INTERVAL_MS);
    this.timer.unref();
  }

  /** Numbers of connections in a time window. */
  within(identifier: string, from: number, to: number): number[] {
    const samples = this.samples.get(identifier) ?? [];
    return samples.filter(({ at }) => at > from && at <= to).map(({ count }) => count);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all([...this.clients.values()].map((client) => client.end().catch(() => undefined)));
    this.clients.clear();
  }

  private async read(): Promise<void> {
    if (this.isReading) return;
    this.isReading = true;
    for (const [identifier, server] of this.servers()) {
      const count = await this.countOf(server).catch(() => undefined);
      if (count !== undefined) this.add(identifier, count);
    }
    this.isReading = false;
  }

  private async countOf(server: PostgresServer): Promise<number | undefined> {
    let client = this.clients.get(server);
    try {
      if (client === undefined) {
        client = new Client({
          connectionString: server.connectionString,
          connectionTimeoutMillis: INTERVAL_MS,
          query_timeout: INTERVAL_MS,
        });
        client.on("error", () => this.clients.delete(server));
        await client.connect();
        this.clients.set(server, client);
      }
      const { rows } = await client.query<{ count: number }>(SQL);
      return rows[0]?.count;
    } catch (error) {
      this.clients.delete(server);
      void client?.end().catch(() => undefined);
      throw error;
    }
  }

  private add(identifier: string, count: number): void {
    const now = Date.now();
    const samples = this.samples.get(identifier) ?? [];
    samples.push({ at: now, count });
    while ((samples[0]?.at ?? now) < now - RETENTION_MS) samples.shift();
    this.samples.set(identifier, samples);
  }
}
