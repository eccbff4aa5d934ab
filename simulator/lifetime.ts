import { setTimeout as sleep } from "node:timers/promises";

/** The steps under way, so that closing can tell them to stop and wait for them: whatever they start is known then. */
export class Lifetime {
  readonly #running = new Set<Promise<unknown>>();
  readonly #end = new AbortController();

  /** @throws when the end has come already. */
  async run<T>(step: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#end.signal.aborted) throw new Error("The one-machine cloud is closed.");
    const signals = signal ? [signal, this.#end.signal] : [this.#end.signal];
    const running = step(AbortSignal.any(signals));
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Tells all to stop, and waits for them within a limit. */
  async end(limitMs: number): Promise<void> {
    this.#end.abort();
    const limit = new AbortController();
    const over = sleep(limitMs, undefined, { signal: limit.signal }).catch(() => {});
    await Promise.race([Promise.allSettled(this.#running), over]);
    limit.abort();
  }
}
