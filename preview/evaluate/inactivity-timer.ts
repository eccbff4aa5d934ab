const NOTICE_SECONDS = 10;

/** Reports when a program has registered no resource for some time. */
export class InactivityTimer {
  private readonly seconds: number;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  /** @param timeoutSeconds The timeout of the program. If it is short, the report comes after half of it. */
  constructor(
    timeoutSeconds: number,
    private readonly onInactive: (seconds: number) => void,
  ) {
    this.seconds = Math.min(NOTICE_SECONDS, timeoutSeconds / 2);
  }

  restart(): void {
    clearTimeout(this.timer);
    if (this.isStopped) return;
    this.timer = setTimeout(() => this.onInactive(this.seconds), this.seconds * 1000);
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }
}
