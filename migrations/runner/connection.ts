import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { Client } from "pg";
import { codeOf, describeError, MigrationError } from "./migration-error";
import { describeServer, readServerFacts, rejectServer, SESSION_MARK } from "./server-facts";

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

/**
 * Session settings. They are sent in the startup packet, so that RESET ALL after a script restores them, and override
 * the defaults of the role and the database.
 */
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
  // Makes a statement fail if a policy would hide rows from a script or a backfill.
  row_security: "off",
  default_transaction_read_only: "off",
  default_transaction_deferrable: "off",
  default_transaction_isolation: "read\\ committed",
  // The runner parses scripts by this rule.
  standard_conforming_strings: "on",
};

const CONNECT_TIMEOUT_MS = 15_000;

/**
 * Opens a session directly on the primary server. A connection pooler must not be in between, because it shares or
 * pins sessions.
 *
 * @throws MigrationError with the reason, without the password
 */
export async function openSession(connection: Connection, applicationName: string): Promise<Client> {
  const { host, port, database, user, password, tls, authorities } = connection;
  const mark = randomBytes(8).toString("hex");
  const client = new Client({
    host,
    port,
    database,
    user,
    password,
    ssl: tls === "verify" ? { rejectUnauthorized: true, ca: authorities } : false,
    application_name: applicationName,
    options: Object.entries({ ...SESSION_SETTINGS, [SESSION_MARK]: mark })
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
    keepAlive: true,
    keepAliveInitialDelayMillis: 2_000,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on("error", () => {}); // The current or next query reports the error.
  try {
    await client.connect();
    const problem = rejectServer(await readServerFacts(client), { mark, pid: backendPid(client) });
    if (problem !== undefined) throw new MigrationError(`${describeServer(connection)} ${problem}`);
    return client;
  } catch (error) {
    await closeSession(client);
    if (error instanceof MigrationError) throw error;
    throw new MigrationError(
      `No connection to database ${database} on ${host}:${port} as ${user}: ${describeConnectError(error)}`,
    );
  }
}

/** Poolers reject the settings of the startup packet with various messages. */
const POOLER_ERROR = /startup parameter|command.line options|startup options/i;

function describeConnectError(error: unknown): string {
  const text = error instanceof Error ? error.message : "";
  if (POOLER_ERROR.test(text)) {
    return (
      `${text}. A connection pooler is in between (such as PgBouncer or RDS Proxy), and it shares sessions. ` +
      "Connect to the database instance itself."
    );
  }
  if (codeOf(error) === "42704") return `${text}. The runner needs PostgreSQL 14 or newer.`;
  return describeError(error);
}

interface BackendKey {
  readonly processID: number | null;
  readonly secretKey: number | Buffer | null;
}

/** The key that the server sent for cancel requests. pg has no types for it. */
function keyOf(client: Client): BackendKey {
  return client as unknown as BackendKey;
}

export function backendPid(client: Client): number {
  return keyOf(client).processID ?? 0;
}

const CANCEL_REQUEST = 80_877_102;
const CANCEL_TIMEOUT_MS = 2_000;

/**
 * Cancels the session's statement without another session. A cancel request needs no login and no encryption.
 *
 * If it cannot be sent, the session is cut, and the server ends it after `client_connection_check_interval`.
 */
export async function cancelStatement(client: Client, { host, port }: Connection): Promise<void> {
  const { processID, secretKey } = keyOf(client);
  const secret = typeof secretKey === "number" ? int32(secretKey) : (secretKey ?? Buffer.alloc(4));
  const body = Buffer.concat([int32(CANCEL_REQUEST), int32(processID ?? 0), secret]);
  const socket = connect({ host, port, timeout: CANCEL_TIMEOUT_MS });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("timeout", () => reject(new Error("timeout")));
      socket.once("close", () => resolve()); // The server closes the connection when it has processed the request.
      socket.end(Buffer.concat([int32(body.length + 4), body]));
      socket.resume();
    });
  } catch {
    client.connection.stream.destroy();
  } finally {
    socket.destroy();
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
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
