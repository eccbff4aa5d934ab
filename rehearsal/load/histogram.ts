import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

export class LatencyHistogram {
  /** Values are in microseconds, because the histogram accepts only integers from 1. */
  private readonly histogram: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: 2 ** 42,
    figures: 3,
  });
  private longestMs = 0;

  record(milliseconds: number): void {
    this.histogram.record(Math.max(1, Math.round(milliseconds * 1000)));
    this.longestMs = Math.max(this.longestMs, milliseconds);
  }

  get maxMs(): number {
    return this.longestMs;
  }

  percentileMs(percentile: number): number {
    return this.histogram.count === 0 ? 0 : this.histogram.percentile(percentile) / 1000;
  }
}
