import { monotonicMs } from "./clock";

/**
 * Schedule of an open-loop load: request n is due at start + n / rate, independent of answers to earlier ones.
 *
 * Delays do not accumulate. If this process pauses, all requests that became due are issued at once afterwards, each
 * with its intended start time.
 */
export class Schedule {
  private timer: NodeJS.Timeout | undefined;
  private handedOver = 0;

  constructor(
    private readonly requestsPerSecond: number,
    private readonly onDue: (intendedMs: number, lagMs: number) => void,
  ) {}

  start(startMs: number): void {
    const tick = () => {
      const nowMs = monotonicMs();
      for (let dueMs = this.dueMs(startMs); dueMs <= nowMs; dueMs = this.dueMs(startMs)) {
        this.handedOver++;
        this.onDue(dueMs, nowMs - dueMs);
      }
      this.timer = setTimeout(tick, this.dueMs(startMs) - nowMs);
    };
    tick();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private dueMs(startMs: number): number {
    return startMs + (this.handedOver * 1000) / this.requestsPerSecond;
  }
}
