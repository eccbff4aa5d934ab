import { monotonicMs } from "./clock";

/**
 * Open loop: request n falls due at start + n / rate, whether or not earlier ones were answered.
 *
 * Lateness never adds up. After a pause of this process, all requests that fell due meanwhile are handed over at once,
 * each with its intended time.
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
