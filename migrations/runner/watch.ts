import { setTimeout as sleep } from "node:timers/promises";
import { holdersBefore, type LockHolder } from "./holders";
import { describeError } from "./migration-error";
import type { MigrationRun } from "./migration-run";

/** A lock of the run on a table that exists already, in a mode that makes readers or writers wait. */
export interface StrongLock {
  readonly table: string;
  /** In the form of pg_locks, such as `AccessExclusiveLock`. */
  readonly mode: string;
  readonly granted: boolean;
}

interface LockState {
  readonly waits: boolean;
  readonly locks: readonly StrongLock[];
  /** Clients that the run blocks, by a table lock or a row lock; the key is new for each wait. */
  readonly blocked: readonly { readonly key: string; readonly waitedMs: number }[];
  readonly rowTables: readonly string[];
}

// A table created in the same transaction is not visible in pg_class yet, so its locks are left out; no client waits
// for them. A process without a user, such as an autovacuum worker, is not a client.
const LOCK_STATE_SQL = `
  WITH locks AS MATERIALIZED (SELECT * FROM pg_locks WHERE pid = $1 OR NOT granted),
       waiting AS MATERIALIZED (
         SELECT DISTINCT ON (pid) pid, waitstart FROM locks l
          WHERE NOT granted AND pid <> $1
            AND EXISTS (SELECT FROM pg_stat_get_activity(l.pid) AS a WHERE a.usesysid IS NOT NULL)),
       blocked AS MATERIALIZED (SELECT * FROM waiting WHERE $1 = ANY (pg_blocking_pids(pid)))
  SELECT cardinality(pg_blocking_pids($1)) > 0 AS waits,
         (SELECT coalesce(json_agg(json_build_object(
                   'table', c.oid::regclass::text, 'mode', l.mode, 'granted', l.granted)), '[]')
            FROM locks l JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'm', 'v')
           WHERE l.pid = $1 AND l.locktype = 'relation' AND c.relnamespace <> 'pg_catalog'::regnamespace
             AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) AS locks,
         (SELECT coalesce(json_agg(json_build_object(
                   'key', pid || ':' || coalesce(extract(epoch FROM waitstart)::text, ''),
                   'waitedMs', coalesce(extract(epoch FROM clock_timestamp() - waitstart) * 1000, 0)::float8)), '[]')
            FROM blocked) AS blocked,
         (SELECT coalesce(json_agg(DISTINCT l.relation::regclass::text), '[]')
            FROM pg_locks l JOIN blocked b ON b.pid = l.pid
           WHERE l.locktype = 'tuple' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
         ) AS "rowTables"`;

/** Part of the stall budget after which the statement is canceled. The rest is for the cancellation itself. */
const CANCEL_AFTER = 0.7;

export interface WatchOptions {
  readonly everyMs: number;
  /**
   * The statement is canceled if clients wait longer than this, or at the deadline. If undefined, it is never
   * canceled.
   */
  readonly stallBudgetMs?: number;
  readonly onWait?: (holders: readonly LockHolder[]) => void;
}

export type CancelReason = "stall" | "deadline" | "observer lost";

/** Polls, in a second session, which sessions block the run and how long clients wait for its locks. */
export class LockWatch {
  holders: readonly LockHolder[] = [];
  canceled: CancelReason | undefined;
  /** Tables whose locks, or locks on whose rows, made clients wait for too long while the script worked. */
  overran: readonly string[] = [];
  /** Strong locks that the run held or waited for, with the last state of each. */
  readonly locks = new Map<string, StrongLock>();
  private readonly blockedSince = new Map<string, number>();
  private readonly startedAt = performance.now();
  private readonly ending = new AbortController();
  private readonly loop: Promise<void>;
  private readonly workPid: number;

  constructor(
    private readonly run: MigrationRun,
    private readonly options: WatchOptions,
  ) {
    this.workPid = run.sessions.workPid;
    this.loop = this.watch();
  }

  async end(): Promise<void> {
    this.ending.abort();
    await this.loop;
  }

  private async watch(): Promise<void> {
    const { signal } = this.ending;
    try {
      while (!signal.aborted) {
        await sleep(this.options.everyMs, undefined, { signal }).catch(() => {});
        if (!signal.aborted) await this.poll();
      }
    } catch (error) {
      this.run.log("observer session failed", { error: describeError(error) });
      if (signal.aborted || this.options.stallBudgetMs === undefined) return;
      // Without the observer, the stall budget is not enforced.
      this.canceled = "observer lost";
      await this.run.sessions.cancelWork();
    }
  }

  private async poll(): Promise<void> {
    const { observer } = this.run.sessions;
    if (this.options.stallBudgetMs === undefined) await observer.ready();
    const { rows } = await observer.queryNow<LockState>(LOCK_STATE_SQL, [this.workPid]);
    const [state] = rows;
    if (!state) return;
    for (const lock of state.locks) this.locks.set(`${lock.table} ${lock.mode}`, lock);
    if (state.waits) {
      const holders = await holdersBefore(observer, this.workPid);
      if (holders.length > 0) this.holders = holders;
      this.options.onWait?.(this.holders);
    }
    const reason = this.reasonToCancel(state);
    if (reason === undefined || this.ending.signal.aborted) return;
    this.canceled = reason;
    if (reason === "stall" && !state.waits) {
      const tables = state.locks.filter(({ granted }) => granted).map(({ table }) => table);
      this.overran = [...new Set([...tables, ...state.rowTables])];
    }
    await observer.query("SELECT pg_cancel_backend($1)", [this.workPid]);
  }

  private reasonToCancel(state: LockState): CancelReason | undefined {
    const { stallBudgetMs, everyMs } = this.options;
    const stalledMs = this.longestStallMs(state);
    if (stallBudgetMs === undefined) return undefined;
    if (stalledMs > Math.max(0, stallBudgetMs * CANCEL_AFTER - everyMs / 2)) return "stall";
    // The deadline is enforced here, because statement_timeout restarts with each statement of a script.
    return this.run.deadline.remainingMs() > 0 ? undefined : "deadline";
  }

  /**
   * Longest time for which a client waits for the run. The server's clock dates the beginning of a wait, which can be
   * before this run's attempt if other sessions block the client too. The monotonic clock limits it on both sides.
   */
  private longestStallMs({ blocked }: LockState): number {
    const now = performance.now();
    for (const key of this.blockedSince.keys()) {
      if (!blocked.some((client) => client.key === key)) this.blockedSince.delete(key);
    }
    const stalls = blocked.map(({ key, waitedMs }) => {
      const since = this.blockedSince.get(key) ?? now;
      this.blockedSince.set(key, since);
      return Math.max(now - since, Math.min(waitedMs, now - this.startedAt));
    });
    if (stalls.length > 0) this.run.onStall?.(Math.max(...stalls));
    return Math.max(-1, ...stalls);
  }
}
