export interface Limits {
  /** Longest time that clients may queue behind the runner's locks, 10-10000 ms. @default 250 */
  readonly stallBudgetMs: number;
  /** Time for a script to get its locks. @default 120 */
  readonly lockWaitSeconds: number;
  /** Time to wait for another runner. @default 60 */
  readonly runnerWaitSeconds: number;
  /** Time for a contract script to wait for connections of old versions. @default 120 */
  readonly drainSeconds: number;
  /** Target duration of one batch of a backfill. @default 50 */
  readonly batchTargetMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  stallBudgetMs: 250,
  lockWaitSeconds: 120,
  runnerWaitSeconds: 60,
  drainSeconds: 120,
  batchTargetMs: 50,
};

export class Deadline {
  /** @param at milliseconds since the epoch; Infinity for no deadline */
  constructor(readonly at: number = Number.POSITIVE_INFINITY) {}

  remainingMs(): number {
    return Math.max(0, this.at - Date.now());
  }

  within(milliseconds: number): Deadline {
    return new Deadline(Math.min(this.at, Date.now() + milliseconds));
  }

  /** For PostgreSQL's timeouts, where 0 means no timeout. */
  asTimeoutMs(): number {
    return this.at === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.floor(this.remainingMs()));
  }
}

const SHORT_WAIT_MS = 10;

/** lock_timeout of the nth attempt in ms; 0 means NOWAIT. */
export function lockWaitMs(attempt: number, stallBudgetMs: number): number {
  // NOWAIT stalls no client and succeeds when the table is idle for an instant. 10 ms succeed behind short queries
  // that never leave the table idle; longer waits, after 5 s, between overlapping transactions. The rest of the budget
  // is for the change itself.
  if (attempt < 4) return 0;
  const doublings = Math.min(16, Math.max(0, attempt - 20));
  return Math.min(SHORT_WAIT_MS * 2 ** doublings, Math.floor(stallBudgetMs * 0.6));
}

/** Pause between two attempts in ms, so that the clients that queued behind the last one get through. */
export function pauseMs(waitedMs: number): number {
  return Math.max(250, waitedMs * 4);
}
