import { setTimeout as sleep } from "node:timers/promises";

/**
 * Tracks the running steps, so that close() can abort them and wait until they have ended. After that, everything that
 * the steps started is known and can be stopped.
 */
export class Lifetime {
  private readonly running = new Set<Promise<unknown>>();
  private readonly ending = new AbortController();

  /** @throws Error if end() has been called. */
  async run<T>(step: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.ending.signal.aborted) throw new Error("The simulator is closed.");
    const signals = signal ? [signal, this.ending.signal] : [this.ending.signal];
    const running = step(AbortSignal.any(signals));
    this.running.add(running);
    try {
      return await running;
    } finally {
      this.running.delete(running);
    }
  }

  /** Aborts all steps and waits for them, at most `limitMs`. */
  async end(limitMs: number): Promise<void> {
    this.ending.abort();
    const limit = new AbortController();
    const over = sleep(limitMs, undefined, { signal: limit.signal }).catch(() => {});
    await Promise.race([Promise.allSettled(this.running), over]);
    limit.abort();
  }
}
