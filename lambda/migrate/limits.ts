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

/** What the waiting for a lock may be in the nth attempt, in ms; 0 is NOWAIT. */
export function lockWaitMs(attempt: number, stallBudgetMs: number): number {
  // Not waiting stalls nobody, but under overlapping transactions it may never find the lock free. So it is tried
  // 20 times (5 s) and then the wait grows. The rest of the budget is for the change itself.
  const patient = attempt - 20;
  return patient < 0 ? 0 : Math.min(10 * 2 ** Math.min(patient, 16), Math.floor(stallBudgetMs * 0.6));
}

/** Between two attempts, in ms: clients that stood behind the last one must get through meanwhile. */
export function pauseMs(waitedMs: number): number {
  return Math.max(250, waitedMs * 4);
}
