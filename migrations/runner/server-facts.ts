import type { Client } from "pg";

/** A setting that only the startup packet contains. A pooler that drops the settings drops it too. */
export const SESSION_MARK = "changeover.session";

export interface ServerFacts {
  readonly mark: string | null;
  readonly pid: number;
  readonly isReplica: boolean;
  /** Null for a connection over a Unix socket. */
  readonly address: string | null;
  /** Address of the primary, if the server is a replica and the role may see it. */
  readonly primary: string | null;
}

export async function readServerFacts(client: Client): Promise<ServerFacts> {
  const { rows } = await client.query<ServerFacts>(
    `SELECT current_setting('${SESSION_MARK}', true) AS mark, pg_backend_pid() AS pid,
            pg_is_in_recovery() AS "isReplica",
            host(inet_server_addr()) || ':' || inet_server_port() AS address,
            CASE WHEN pg_is_in_recovery()
                 THEN (SELECT sender_host || ':' || sender_port FROM pg_stat_wal_receiver) END AS primary`,
  );
  const [facts] = rows;
  if (!facts) throw new Error("The server returned no row.");
  await client.query(NO_TRANSACTION_TIMEOUT);
  return facts;
}

/**
 * PostgreSQL 17 and later have transaction_timeout; older servers do not accept it in the startup packet. RESET ALL
 * restores the role's value, so this must follow.
 */
export const NO_TRANSACTION_TIMEOUT = `SELECT CASE WHEN current_setting('transaction_timeout', true) IS NOT NULL
  THEN set_config('transaction_timeout', '0', false) END`;

/**
 * Returns the reason why the runner cannot work on this server.
 *
 * @param sent the mark in the startup packet, and the process id that the server reported with the session's key
 */
export function rejectServer(
  { mark, pid, isReplica, address, primary }: ServerFacts,
  sent: { readonly mark: string; readonly pid: number },
): string | undefined {
  if (mark !== sent.mark || pid !== sent.pid) {
    const target = address === null ? "" : `, which it reaches at ${address}`;
    return (
      "must be the database instance itself, got a connection pooler (such as PgBouncer or RDS Proxy), which shares " +
      `sessions and drops their settings. Connect to the instance${target}.`
    );
  }
  if (isReplica) {
    const target =
      primary === null ? "the primary, such as the writer endpoint" : `the primary at ${primary}`;
    return `must be the primary server, got a read-only replica. Connect to ${target}.`;
  }
  return undefined;
}

export function describeServer({ host, port }: { readonly host: string; readonly port: number }): string {
  return `The database server ${host}:${port}`;
}
