import type { Client } from "pg";
import { withoutLiterals } from "../script/sql-text";
import type { Observer } from "./observer";

/** A session of another client that holds a lock. Literals in its query are replaced by `?`. */
export interface LockHolder {
  readonly pid: number;
  readonly application: string;
  readonly user: string | null;
  readonly state: string | null;
  readonly ageSeconds: number;
  readonly query: string;
}

const COLUMNS = `pid, coalesce(application_name, '') AS application, usename AS "user", state,
  extract(epoch FROM clock_timestamp() - coalesce(xact_start, backend_start))::float8 AS "ageSeconds",
  coalesce(left(query, 1000), '') AS query`;

function withoutQueryLiterals(holder: LockHolder): LockHolder {
  return { ...holder, query: withoutLiterals(holder.query, 120) };
}

export async function holdersBefore(client: Observer, pid: number): Promise<LockHolder[]> {
  const { rows } = await client.query<LockHolder>(
    `SELECT ${COLUMNS} FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids($1)) ORDER BY pid`,
    [pid],
  );
  return rows.map(withoutQueryLiterals);
}

export async function holdersOfTables(client: Observer, tables: readonly string[]): Promise<LockHolder[]> {
  const { rows } = await client.query<LockHolder>(
    `SELECT ${COLUMNS} FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND pid IN (
       SELECT pid FROM pg_locks WHERE granted AND locktype = 'relation'
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND relation = ANY (SELECT to_regclass(name) FROM unnest($1::text[]) AS name))
     ORDER BY xact_start`,
    [tables],
  );
  return rows.map(withoutQueryLiterals);
}

export async function holderOfRunnerLock(client: Client, space: number, key: number): Promise<LockHolder[]> {
  const { rows } = await client.query<LockHolder>(
    `SELECT ${COLUMNS} FROM pg_stat_activity WHERE pid IN (
       SELECT pid FROM pg_locks WHERE granted AND locktype = 'advisory' AND classid = $1 AND objid = $2
          AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
    [space, key],
  );
  return rows.map(withoutQueryLiterals);
}

export function describeHolders(holders: readonly LockHolder[]): string {
  if (holders.length === 0) return "no session any more";
  return holders
    .map(({ pid, application, user, state, ageSeconds, query }) => {
      const name = application === "" ? "without application_name" : application;
      const age = `${Math.round(ageSeconds)} s old`;
      return `pid ${pid} (${name}, user ${user ?? "unknown"}, ${state ?? "state unknown"}, ${age}, query: ${query})`;
    })
    .join("; ");
}
