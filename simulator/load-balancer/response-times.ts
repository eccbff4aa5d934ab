const WINDOW_MS = 5 * 60_000;
const MAX_SAMPLES = 10_000;

export interface ResponseTime {
  /** Unix time in ms. */
  readonly at: number;
  readonly ms: number;
}

/** The response times of the last 5 minutes, limited to the newest 10,000. */
export class ResponseTimes {
  private readonly samples: ResponseTime[] = [];
  private next = 0;

  record(ms: number, at = Date.now()): void {
    this.samples[this.next] = { at, ms };
    this.next = (this.next + 1) % MAX_SAMPLES;
  }

  /** Returns the response times, oldest first. */
  recent(now = Date.now()): ResponseTime[] {
    const inOrder = [...this.samples.slice(this.next), ...this.samples.slice(0, this.next)];
    return inOrder.filter(({ at }) => at > now - WINDOW_MS);
  }
}
