import { isoTime } from "./clock";
import type { Flip } from "./figures";
import { LatencyHistogram } from "./histogram";

/**
 * Requests that are due within this time after a flip still count for it, because a broken connection is noticed by
 * the next request.
 */
const SETTLE_MS = 2_000;

interface Running {
  readonly flip: Flip;
  readonly startedMs: number;
  endMs: number;
}

export class Flips {
  private readonly all: Running[] = [];
  private readonly latencies = new LatencyHistogram();

  started(from: string, to: string, atMs: number): void {
    const last = this.all.at(-1);
    if (last !== undefined) last.endMs = Math.min(last.endMs, atMs);
    const flip: Flip = {
      from,
      to,
      startedAt: isoTime(atMs),
      firstAnswerFromNewMs: null,
      lastAnswerFromOldMs: null,
      resourcesChanged: null,
      requests: 0,
      failed: 0,
      latencyMaxMs: 0,
    };
    this.all.push({ flip, startedMs: atMs, endMs: Number.POSITIVE_INFINITY });
  }

  finished(resourcesChanged: number, atMs: number): void {
    const last = this.all.at(-1);
    if (last === undefined) return;
    last.flip.resourcesChanged = resourcesChanged;
    last.endMs = atMs + SETTLE_MS;
  }

  /** Counts a settled request for each flip during which the request was due. */
  settled(intendedMs: number, end: { failed: boolean; latencyMs: number | undefined }): void {
    let during = false;
    // Flips end in the order in which they started, so the search ends at the first one that is over.
    for (let index = this.all.length - 1; index >= 0; index--) {
      const running = this.all[index] as Running;
      if (intendedMs > running.endMs) break;
      during = true;
      running.flip.requests++;
      if (end.failed) running.flip.failed++;
      running.flip.latencyMaxMs = Math.max(running.flip.latencyMaxMs, end.latencyMs ?? 0);
    }
    if (during && end.latencyMs !== undefined) this.latencies.record(end.latencyMs);
  }

  answeredBy(color: string, atMs: number): void {
    const last = this.all.at(-1);
    if (last === undefined || atMs < last.startedMs) return;
    const sinceStartMs = atMs - last.startedMs;
    if (color === last.flip.to) last.flip.firstAnswerFromNewMs ??= sinceStartMs;
    if (color === last.flip.from) last.flip.lastAnswerFromOldMs = sinceStartMs;
  }

  figures(): Flip[] {
    return this.all.map(({ flip }) => flip);
  }

  p99Ms(): number | null {
    return this.all.length === 0 ? null : this.latencies.percentileMs(99);
  }
}
