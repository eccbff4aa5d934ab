/** How long the runner lets anybody wait. */

export interface Limits {
  /** The longest that clients may stand behind a lock of ours, 10-10000 ms. Default: 250. */
  readonly stallBudgetMs: number;
  /** How long a script tries to get its locks. Default: 120 s. */
  readonly lockWaitSeconds: number;
  /** How long to wait for another runner to finish. Default: 60 s. */
  readonly runnerWaitSeconds: number;
  /** How long a contract waits for connections of old versions to end. Default: 120 s. */
  readonly drainSeconds: number;
  /** How long one batch of a backfill should take. Default: 50 ms. */
  readonly batchTargetMs: number;
}

export const defaultLimits: Limits = {
  stallBudgetMs: 250,
  lockWaitSeconds: 120,
  runnerWaitSeconds: 60,
  drainSeconds: 120,
  batchTargetMs: 50,
};

/** A moment by which all must be done, in milliseconds since the epoch; Infinity is none. */
export class Deadline {
  constructor(readonly at: number = Number.POSITIVE_INFINITY) {}

  remainingMs(): number {
    return Math.max(0, this.at - Date.now());
  }

  within(milliseconds: number): Deadline {
    return new Deadline(Math.min(this.at, Date.now() + milliseconds));
  }

  /** For PostgreSQL's timeouts, where 0 is none. */
  asTimeoutMs(): number {
    return this.at === Number.POSITIVE_INFINITY ? 0 : Math.max(1, Math.floor(this.remainingMs()));
  }
}

const gentleWaitMs = 10;

/** What the waiting for a lock may be in the nth attempt, in ms; 0 is NOWAIT. */
export function lockWaitMs(attempt: number, stallBudgetMs: number): number {
  // Not waiting stalls nobody, and gets in where a table is idle for an instant. 10 ms are felt by nobody, and get in
  // where short queries never leave it idle. Longer ones, after 5 s, get in between overlapping transactions. The
  // rest of the budget is for the change itself.
  if (attempt < 4) return 0;
  const doublings = Math.min(16, Math.max(0, attempt - 20));
  return Math.min(gentleWaitMs * 2 ** doublings, Math.floor(stallBudgetMs * 0.6));
}

/** Between two attempts, in ms: clients that stood behind the last one must get through meanwhile. */
export function pauseMs(waitedMs: number): number {
  return Math.max(250, waitedMs * 4);
}
