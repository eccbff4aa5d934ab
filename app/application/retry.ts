import { setTimeout as sleep } from "node:timers/promises";

export interface RetryOptions {
  readonly limitMs: number;
  readonly retryable: (error: unknown) => boolean;
  readonly onRetry?: (error: unknown) => void;
}

const FIRST_PAUSE_MS = 40;
const LONGEST_PAUSE_MS = 400;

/** Doubles the pause after each attempt, with jitter so that instances do not retry at the same time. */
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
