export interface Limits {
  /** Longest time that clients may queue behind the runner's locks, 10-10000 ms. @default 250 */
  readonly stallBudgetMs: number;
  /** Longest wait for a script's locks. @default 120 */
  readonly lockWaitSeconds: number;
  /** Longest wait for another runner. @default 60 */
  readonly runnerWaitSeconds: number;
  /** Longest wait of a contract script for connections of old versions to close. @default 120 */
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

/** A point in time on the monotonic clock, so that a change of the system's time does not move it. */
export class Deadline {
  private readonly endsAt: number;

  /** @param remaining milliseconds from now, or Infinity for no deadline */
  constructor(remaining: number = Number.POSITIVE_INFINITY) {
    this.endsAt = performance.now() + remaining;
  }

  static at(time: number | undefined): Deadline {
    return new Deadline(time === undefined ? undefined : time - Date.now());
  }

  get isFinite(): boolean {
    return Number.isFinite(this.endsAt);
  }

  remainingMs(): number {
    return Math.max(0, this.endsAt - performance.now());
  }

  within(milliseconds: number): Deadline {
    return new Deadline(Math.min(this.endsAt - performance.now(), milliseconds));
  }

  /** Remaining time as the value of a PostgreSQL timeout, where 0 means no timeout. */
  asTimeoutMs(): number {
    return this.isFinite ? Math.max(1, Math.floor(this.remainingMs())) : 0;
  }
}

const SHORT_WAIT_MS = 10;

/**
 * Computes lock_timeout for the nth attempt in ms; 0 means NOWAIT.
 *
 * The first attempts use NOWAIT, which never makes clients wait and succeeds as soon as the table is idle for an
 * instant. The following attempts wait 10 ms, enough if the table is busy with short queries. After about 5 s the
 * wait doubles with each attempt, for tables with overlapping transactions. It is limited to 60 % of the stall
 * budget; the rest is for the change itself.
 */
export function lockWaitMs(attempt: number, stallBudgetMs: number): number {
  if (attempt < 4) return 0;
  const doublings = Math.min(16, Math.max(0, attempt - 20));
  return Math.min(SHORT_WAIT_MS * 2 ** doublings, Math.floor(stallBudgetMs * 0.6));
}

/** Pause before the next attempt in ms, so that clients that queued during the last attempt can proceed. */
export function pauseMs(waitedMs: number): number {
  return Math.max(250, waitedMs * 4);
}
