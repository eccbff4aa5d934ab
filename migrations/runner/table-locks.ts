import { compareLockModes, type LockMode, lockModeOf } from "../script/lock-mode";
import type { MigrationScript, TableLock } from "../script/script";
import type { Observer } from "./observer";
import type { StrongLock } from "./watch";

export interface WantedLock extends TableLock {
  /** False for a lock that an earlier attempt saw: it is on that table alone, and not on its partitions. */
  readonly withChildren: boolean;
}

/**
 * The locks to take: those of the header, and undeclared ones that earlier attempts held or waited for. So from the
 * second attempt on, each lock is requested without queueing.
 */
export function wantedLocks({ locks }: MigrationScript, seen: Iterable<StrongLock>): readonly WantedLock[] {
  const declared = locks.map((lock): WantedLock => ({ ...lock, withChildren: true }));
  const learned = [...seen].flatMap(({ table, mode }): WantedLock[] => {
    const known = lockModeOf(mode);
    return known ? [{ table, mode: known, withChildren: false }] : [];
  });
  const all = [...declared, ...learned];
  const covers = (a: WantedLock, b: WantedLock) =>
    a.table === b.table && a.withChildren >= b.withChildren && compareLockModes(a.mode, b.mode) >= 0;
  return all.filter(
    (lock, i) => !all.some((other, j) => i !== j && covers(other, lock) && (j < i || !covers(lock, other))),
  );
}

interface Lockable {
  readonly name: string;
  readonly isView: boolean;
  readonly isVacuumed: boolean;
}

export interface LockPlan {
  readonly locks: readonly WantedLock[];
  /** Tables that autovacuum processes at the moment. */
  readonly vacuumed: readonly string[];
  /** Tables of the header that do not exist, or cannot be locked alone. */
  readonly skipped: readonly string[];
}

// A server process has no user. Only autovacuum holds such a lock without one.
const LOCKABLE_SQL = `
  WITH RECURSIVE wanted AS (SELECT name, to_regclass(name) AS oid FROM unnest($1::text[]) AS name),
       tables (name, oid) AS (
         SELECT name, oid::oid FROM wanted UNION SELECT name, inhrelid FROM pg_inherits, tables WHERE inhparent = oid)
  SELECT name, c.relkind = 'v' AS "isView", EXISTS (
           SELECT FROM tables t JOIN pg_locks l ON l.relation = t.oid
            WHERE t.name = wanted.name AND l.granted AND l.mode = 'ShareUpdateExclusiveLock'
              AND l.database = (SELECT d.oid FROM pg_database d WHERE datname = current_database())
              AND NOT EXISTS (SELECT FROM pg_stat_get_activity(l.pid) AS a WHERE a.usesysid IS NOT NULL)
         ) AS "isVacuumed"
    FROM wanted JOIN pg_class c ON c.oid = wanted.oid AND c.relkind IN ('r', 'p', 'v')`;

/** Selects the wanted locks that can be taken now. A lock on a table that does not exist is not needed. */
export async function planLocks(observer: Observer, wanted: readonly WantedLock[]): Promise<LockPlan> {
  if (wanted.length === 0) return { locks: [], vacuumed: [], skipped: [] };
  const names = [...new Set(wanted.map(({ table }) => table))];
  const { rows } = await observer.query<Lockable>(LOCKABLE_SQL, [names]);
  const found = new Set(rows.map(({ name }) => name));
  // LOCK TABLE on a view also locks the tables that it reads; changing the view does not lock them.
  const views = new Set(rows.filter(({ isView }) => isView).map(({ name }) => name));
  return {
    locks: wanted.filter(
      ({ table, withChildren }) => found.has(table) && (withChildren || !views.has(table)),
    ),
    vacuumed: rows.filter(({ isVacuumed }) => isVacuumed).map(({ name }) => name),
    skipped: wanted
      .filter(({ table, withChildren }) => withChildren && !found.has(table))
      .map(({ table }) => table),
  };
}

const lockTable = (table: string, mode: LockMode, suffix = "") =>
  `LOCK TABLE ${table} IN ${mode} MODE${suffix};`;

/**
 * Statements that take the locks, in one line.
 *
 * PostgreSQL cancels an autovacuum for a session that has waited for deadlock_timeout. The runner waits that long only
 * in SHARE UPDATE EXCLUSIVE, behind which no read and no write queues.
 */
export function lockStatements(
  { locks, vacuumed }: LockPlan,
  { waitMs, deadlockTimeoutMs }: { readonly waitMs: number; readonly deadlockTimeoutMs: number },
): string {
  const setTimeout = (milliseconds: number) => `SET LOCAL lock_timeout = ${milliseconds};`;
  const first = vacuumed.map((table) => lockTable(table, "SHARE UPDATE EXCLUSIVE"));
  const rest = locks.map(({ table, mode, withChildren }) =>
    lockTable(withChildren ? table : `ONLY ${table}`, mode, waitMs === 0 ? " NOWAIT" : ""),
  );
  return [
    ...(first.length > 0 ? [setTimeout(deadlockTimeoutMs + 500), ...first] : []),
    setTimeout(waitMs),
    ...rest,
  ].join(" ");
}
