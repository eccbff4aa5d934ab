import type { PGlite } from "@electric-sql/pglite";
import { type LockMode, lockModeOf } from "../script/lock-mode";

export interface TableState {
  /** Table name in the form of a script's header. */
  readonly table: string;
  /** Tables from which it inherits, such as the partitioned table of a partition. LOCK TABLE takes it along. */
  readonly ancestors: readonly string[];
  /** False for a materialized view, which LOCK TABLE does not accept. */
  readonly isLockable: boolean;
  readonly fileNode: number;
  readonly scans: number;
  readonly locks: readonly LockMode[];
}

interface TableStateRow extends Omit<TableState, "locks"> {
  readonly oid: number;
  readonly modes: string[];
}

const NAME = `case when n.nspname = 'public' then quote_ident(c.relname)
  else quote_ident(n.nspname) || '.' || quote_ident(c.relname) end`;

export async function observe(database: PGlite): Promise<Map<number, TableState>> {
  const { rows } = await database.query<TableStateRow>(
    `with recursive ancestry (oid, ancestor) as (
       select inhrelid, inhparent from pg_inherits
       union select a.oid, i.inhparent from ancestry a join pg_inherits i on i.inhrelid = a.ancestor)
     select c.oid::int as oid, c.relfilenode::int as "fileNode",
            ${NAME} as "table", c.relkind <> 'm' as "isLockable",
            array(select ${NAME.replaceAll("c.", "p.").replaceAll("n.", "pn.")}
                    from ancestry a join pg_class p on p.oid = a.ancestor join pg_namespace pn on pn.oid = p.relnamespace
                   where a.oid = c.oid) as ancestors,
            coalesce(pg_stat_get_numscans(c.oid), 0)::int + coalesce(pg_stat_get_xact_numscans(c.oid), 0)::int as scans,
            array(select l.mode from pg_locks l where l.relation = c.oid and l.pid = pg_backend_pid() and l.granted) as modes
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`,
  );
  return new Map(
    rows.map(({ oid, modes, ...row }) => [
      oid,
      { ...row, locks: modes.flatMap((mode) => lockModeOf(mode) ?? []) },
    ]),
  );
}
