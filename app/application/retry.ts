/** Asking again, within a limit. */

import { setTimeout as sleep } from "node:timers/promises";

export interface RetryOptions {
  /** No attempt starts later than this after the first one. */
  readonly limitMs: number;
  readonly retryable: (error: unknown) => boolean;
  /** Told before each pause. */
  readonly onRetry?: (error: unknown) => void;
}

const FIRST_PAUSE_MS = 40;
const LONGEST_PAUSE_MS = 400;

/** The pauses double, and vary so that all instances do not come back at the same moment. */
export async function withRetries<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const until = performance.now() + options.limitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      const varied = pauseMs * (0.5 + Math.random());
      if (!options.retryable(error) || performance.now() + varied > until) throw error;
      options.onRetry?.(error);
      await sleep(varied);
    }
  }
}
