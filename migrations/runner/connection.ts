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
   * The only certificate authorities that are trusted, in PEM.
   *
   * @default the authorities that Node.js trusts
   */
  readonly authorities?: string;
}

/** Set in the startup packet, so that RESET ALL after a script returns to these values. */
const SESSION_SETTINGS = {
  // The server notices a killed runner within this time, not only when its statement ends.
  client_connection_check_interval: "2s",
  // A frozen runner must neither hold locks nor keep the next runner out.
  idle_in_transaction_session_timeout: "5s",
  idle_session_timeout: "60s",
  // A lost network connection.
  tcp_keepalives_idle: "2",
  tcp_keepalives_interval: "1",
  tcp_keepalives_count: "3",
  tcp_user_timeout: "5000",
  lock_timeout: "0",
  statement_timeout: "0",
};

const CONNECT_TIMEOUT_MS = 15_000;

/**
 * Opens a direct session; a pooler would share or pin it.
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
  client.on("error", () => {}); // The current or next query reports it.
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

/** Ends a session within 2 s, also when the network drops packets. */
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
