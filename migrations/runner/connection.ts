/** A session of the runner's own, straight to the instance (a pooler would share or pin it). */

import { Client } from "pg";
import { describeError, MigrationError } from "./migration-error";

export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** `verify` checks the server's certificate and name; `off` is for 127.0.0.1. */
  readonly tls: "verify" | "off";
  /** In PEM, who may have issued the server's certificate, and nobody else. Default: whom Node trusts. */
  readonly authorities?: string;
}

/** Sent at the start, so that RESET ALL after a script comes back to them. */
const settings = {
  // A runner that was killed while a statement ran is noticed by the server within this time, not at its end.
  client_connection_check_interval: "2s",
  // A frozen one must not hold locks.
  idle_in_transaction_session_timeout: "5s",
  // Nor keep the next runner out.
  idle_session_timeout: "60s",
  // One whose machine is gone.
  tcp_keepalives_idle: "2",
  tcp_keepalives_interval: "1",
  tcp_keepalives_count: "3",
  tcp_user_timeout: "5000",
  lock_timeout: "0",
  statement_timeout: "0",
};

const connectLimitMs = 15_000;

/** @throws MigrationError that says why not, without the password */
export async function openSession(connection: Connection, applicationName: string): Promise<Client> {
  const { host, port, database, user, password, tls, authorities } = connection;
  const client = new Client({
    host,
    port,
    database,
    user,
    password,
    ssl: tls === "verify" ? { rejectUnauthorized: true, ca: authorities } : false,
    application_name: applicationName,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
    keepAlive: true,
    keepAliveInitialDelayMillis: 2_000,
    connectionTimeoutMillis: connectLimitMs,
  });
  client.on("error", () => {}); // The query that runs, or the next one, reports it.
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw new MigrationError(
      `No connection to database ${database} on ${host}:${port} as ${user}: ${describeError(error)}`,
    );
  }
}

/** Ends a session within a limit, also when the network swallows the goodbye. */
export async function closeSession(client: Client): Promise<void> {
  const limit = setTimeout(() => client.connection.stream.destroy(), 2_000);
  try {
    await client.end();
  } catch {
    // It is closed either way.
  } finally {
    clearTimeout(limit);
  }
}
