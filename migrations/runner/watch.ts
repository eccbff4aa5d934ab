import { setTimeout as sleep } from "node:timers/promises";
import { holdersBefore, type LockHolder } from "./holders";
import { describeError } from "./migration-error";
import type { MigrationRun } from "./migration-run";

interface LockState {
  readonly waits: boolean;
  readonly blocking: string[];
  readonly granted: boolean;
}

// Locks that make readers or writers wait. A table created in the same transaction is not visible in pg_class yet, so
// its locks are left out, as they should be.
const LOCK_STATE_SQL = `
  SELECT cardinality(pg_blocking_pids($1)) > 0 AS waits,
         coalesce(array_agg(DISTINCT c.oid::regclass::text) FILTER (WHERE c.oid IS NOT NULL), '{}') AS blocking,
         coalesce(bool_or(l.granted), false) AS granted
    FROM pg_locks l JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'm', 'v')
   WHERE l.pid = $1 AND l.locktype = 'relation' AND c.relnamespace <> 'pg_catalog'::regnamespace
     AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`;

export interface WatchOptions {
  readonly everyMs: number;
  /**
   * The statement is canceled if clients wait longer than this, or at the deadline. If undefined, it is never
   * canceled.
   */
  readonly stallBudgetMs?: number;
  readonly onWait?: (holders: readonly LockHolder[]) => void;
}

/** Polls, in a second session, which sessions block the run and how long clients wait for its locks. */
export class LockWatch {
  holders: readonly LockHolder[] = [];
  overran: readonly string[] = [];
  private stalledSince: number | undefined;
  private readonly ending = new AbortController();
  private readonly loop: Promise<void>;

  constructor(
    private readonly run: MigrationRun,
    private readonly options: WatchOptions,
  ) {
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
    }
  }

  private async poll(): Promise<void> {
    const { observer, workPid } = this.run;
    const startedAt = Date.now();
    const { rows } = await observer.query<LockState>(LOCK_STATE_SQL, [workPid]);
    const { waits, blocking, granted } = rows[0] ?? { waits: false, blocking: [], granted: false };
    if (waits) {
      const holders = await holdersBefore(observer, workPid);
      if (holders.length > 0) this.holders = holders;
      this.options.onWait?.(this.holders);
    }
    if (blocking.length === 0) this.stalledSince = undefined;
    else this.stalledSince ??= startedAt;
    const { stallBudgetMs } = this.options;
    if (stallBudgetMs === undefined || this.ending.signal.aborted) return;
    const stalledMs = this.stalledSince === undefined ? 0 : Date.now() - this.stalledSince;
    // The rest of the budget is for the cancellation itself.
    const overruns = stalledMs > stallBudgetMs * 0.8;
    // The deadline is enforced here, because statement_timeout restarts with each statement of a script.
    if (!overruns && this.run.deadline.remainingMs() > 0) return;
    if (overruns && granted && !waits) this.overran = blocking;
    await observer.query("SELECT pg_cancel_backend($1)", [workPid]);
  }
}
