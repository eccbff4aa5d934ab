import { Client } from "pg";
import { describeError, MigrationError } from "./migration-error";

export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** `verify` checks the server's certificate and host name; `off` is for 127.0.0.1. */
  readonly tls: "verify" | "off";
  /**
   * Trusted certificate authorities, in PEM; no others are trusted.
   *
   * @default the authorities that Node.js trusts
   */
  readonly authorities?: string;
}

/** Session settings. They are sent in the startup packet, so that RESET ALL after a script restores them. */
const SESSION_SETTINGS = {
  // Interval at which the server checks, during a statement, that the runner is still connected. Otherwise it would
  // notice a killed runner only when the statement ends.
  client_connection_check_interval: "2s",
  // A frozen runner must not hold locks or block the next runner for long.
  idle_in_transaction_session_timeout: "5s",
  idle_session_timeout: "60s",
  // Detect a lost network connection.
  tcp_keepalives_idle: "2",
  tcp_keepalives_interval: "1",
  tcp_keepalives_count: "3",
  tcp_user_timeout: "5000",
  lock_timeout: "0",
  statement_timeout: "0",
};

const CONNECT_TIMEOUT_MS = 15_000;

/**
 * Opens a session directly on the server. A connection pooler must not be in between, because it shares or pins
 * sessions.
 *
 * @throws MigrationError with the reason, without the password
 */
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
    options: Object.entries(SESSION_SETTINGS)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
    keepAlive: true,
    keepAliveInitialDelayMillis: 2_000,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on("error", () => {}); // The current or next query reports the error.
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

/** Closes the session within 2 s, even if the network drops packets. */
export async function closeSession(client: Client): Promise<void> {
  const limit = setTimeout(() => client.connection.stream.destroy(), 2_000);
  try {
    await client.end();
  } catch {
    // The connection is closed even if `end` failed.
  } finally {
    clearTimeout(limit);
  }
}
