import type { LoadRun } from "../../load";

const POLL_MS = 100;
/** Time without a failed request after which the service counts as recovered. */
const CALM_MS = 2_000;

/** Follows when all was well again: requests succeed, and the live color has its instances. */
export class Wellness {
  private badMs: number | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly isServing: () => boolean,
    private readonly load: Pick<LoadRun, "snapshot">,
    private readonly startedMs: number,
  ) {
    this.timer = setInterval(() => this.poll(), POLL_MS);
  }

  notWell(): void {
    this.badMs = Date.now();
  }

  /** True after some time in which all was well. */
  isCalm(): boolean {
    this.poll();
    return Date.now() - Math.max(this.lastBadMs, this.startedMs) >= CALM_MS;
  }

  /** Time from the start of the fault to the last moment at which not all was well. */
  get recoveredAfterSeconds(): number {
    return Math.max(0, Math.round((this.lastBadMs - this.startedMs) / 100) / 10);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private get lastBadMs(): number {
    const failedAt = this.load.snapshot().failureSpan?.lastAt;
    return Math.max(this.badMs ?? 0, failedAt === undefined ? 0 : Date.parse(failedAt));
  }

  private poll(): void {
    if (!this.isServing()) this.notWell();
  }
}
