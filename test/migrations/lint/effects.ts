import type { Client } from "pg";

/** Effects of a statement on existing tables of a real server. */
export interface StatementEffects {
  /** Locks that make readers or writers wait, such as `t ShareLock`; sorted. */
  readonly locks: readonly string[];
  readonly rewrites: readonly string[];
  readonly scans: readonly string[];
}

const strongLocks = `
  SELECT c.relname || ' ' || l.mode AS text
    FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN existing e ON e.oid = c.oid
   WHERE l.pid = pg_backend_pid() AND c.relkind IN ('r', 'p', 'm', 'v')
     AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`;

/** Runs the statement in a transaction that is rolled back. */
export async function effectsOf(client: Client, statement: string): Promise<StatementEffects> {
  const texts = async (sql: string) =>
    (await client.query<{ text: string }>(sql)).rows.map(({ text }) => text).sort();
  await client.query(`BEGIN;
    CREATE TEMPORARY TABLE existing ON COMMIT DROP AS
      SELECT c.oid, c.relname, c.relfilenode, coalesce(pg_stat_get_xact_numscans(c.oid), 0) AS scans
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind <> 'c'`);
  try {
    await client.query(statement);
    return {
      locks: await texts(strongLocks),
      rewrites: await texts(`SELECT e.relname AS text FROM existing e JOIN pg_class c USING (oid)
        WHERE c.relkind IN ('r', 'm') AND c.relfilenode <> e.relfilenode`),
      scans: await texts(`SELECT e.relname AS text FROM existing e JOIN pg_class c USING (oid)
        WHERE c.relkind IN ('r', 'm') AND pg_stat_get_xact_numscans(c.oid) > e.scans`),
    };
  } finally {
    await client.query("ROLLBACK");
  }
}
