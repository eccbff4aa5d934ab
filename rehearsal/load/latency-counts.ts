/** Ratio of the bounds of a bucket, which is the precision of the percentiles. */
const RATIO = 1.05;
/** Upper bound of the first bucket. */
const FIRST_MS = 0.1;

/** Latencies of one interval, counted in buckets of 5 %. In contrast to a histogram of Node.js it can be merged. */
export class LatencyCounts {
  private readonly counts = new Map<number, number>();
  private total = 0;

  record(milliseconds: number): void {
    this.add(Math.max(0, Math.ceil(Math.log(milliseconds / FIRST_MS) / Math.log(RATIO))), 1);
  }

  merge(other: LatencyCounts): void {
    for (const [bucket, count] of other.counts) this.add(bucket, count);
  }

  /** The upper bound of the percentile's bucket, in milliseconds. Null if nothing was recorded. */
  percentileMs(percentile: number): number | null {
    if (this.total === 0) return null;
    let left = Math.ceil((this.total * percentile) / 100);
    for (const bucket of [...this.counts.keys()].sort((a, b) => a - b)) {
      left -= this.counts.get(bucket) ?? 0;
      if (left <= 0) return FIRST_MS * RATIO ** bucket;
    }
    return null;
  }

  private add(bucket: number, count: number): void {
    this.counts.set(bucket, (this.counts.get(bucket) ?? 0) + count);
    this.total += count;
  }
}
