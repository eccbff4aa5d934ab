/**
 * The longest time in which requests were due but none was answered.
 *
 * A stall begins with the intended start of a request, or with the last good answer if that came later, and ends with
 * the next good answer. A failed request does not end it. One slow answer among fast ones is no stall: it shows as the
 * maximal latency.
 */
export class StallWatch {
  private waiting = 0;
  private gapSinceMs: number | undefined;
  private lastAnswerMs = Number.NEGATIVE_INFINITY;
  private longest = 0;

  due(intendedMs: number): void {
    this.waiting++;
    const sinceMs = Math.max(intendedMs, this.lastAnswerMs);
    this.gapSinceMs = Math.min(this.gapSinceMs ?? sinceMs, sinceMs);
  }

  answered(atMs: number): void {
    this.longest = this.longestMs(atMs);
    this.lastAnswerMs = atMs;
    this.waiting--;
    this.gapSinceMs = this.waiting > 0 ? atMs : undefined;
  }

  failed(): void {
    this.waiting--;
  }

  longestMs(atMs: number): number {
    return this.gapSinceMs === undefined ? this.longest : Math.max(this.longest, atMs - this.gapSinceMs);
  }
}
