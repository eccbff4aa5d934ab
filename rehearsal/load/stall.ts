/**
 * Measures the longest stall: a period in which requests were due but none was answered.
 *
 * A stall begins with the intended start of a request, or with the last good answer if that came later. It ends with
 * the next good answer, not with a failed request. A single slow answer among fast ones is not a stall; it appears in
 * the maximum latency.
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
