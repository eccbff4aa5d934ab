/** Looks at the working session from outside: who it waits for, and how long clients stand behind it. */

import { setTimeout as sleep } from "node:timers/promises";
import { type Holder, holdersBefore } from "./holders";
import { describeError } from "./migration-error";
import type { MigrationRun } from "./migration-run";

interface Look {
  readonly waits: boolean;
  readonly blocking: string[];
  readonly granted: boolean;
}

// Locks that make readers or writers wait. A table made in the transaction itself is not visible from outside, so
// locks on it do not count: nobody can wait for it.
const lookSql = `
  SELECT cardinality(pg_blocking_pids($1)) > 0 AS waits,
         coalesce(array_agg(DISTINCT c.oid::regclass::text) FILTER (WHERE c.oid IS NOT NULL), '{}') AS blocking,
         coalesce(bool_or(l.granted), false) AS granted
    FROM pg_locks l JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'm', 'v')
   WHERE l.pid = $1 AND l.locktype = 'relation' AND c.relnamespace <> 'pg_catalog'::regnamespace
     AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')`;

export interface WatchOptions {
  readonly everyMs: number;
  /** Cancels the working session's statement when it makes clients wait for longer, and when the time is over. */
  readonly stallBudgetMs?: number;
  readonly onWait?: (holders: readonly Holder[]) => void;
}

export class Watch {
  /** Who was last seen in the way. */
  holders: readonly Holder[] = [];
  /** Tables on which the budget was overrun. */
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
        if (!signal.aborted) await this.look();
      }
    } catch (error) {
      this.run.log("the observer's session failed", { error: describeError(error) });
    }
  }

  private async look(): Promise<void> {
    const { observer, workPid } = this.run;
    const startedAt = Date.now();
    const { rows } = await observer.query<Look>(lookSql, [workPid]);
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
    // A fifth of the budget is for the cancellation itself.
    const overruns = stalledMs > stallBudgetMs * 0.8;
    // PostgreSQL's own timeout would give each statement of a script the time anew.
    if (!overruns && this.run.deadline.remainingMs() > 0) return;
    if (overruns && granted && !waits) this.overran = blocking;
    await observer.query("SELECT pg_cancel_backend($1)", [workPid]);
  }
}
