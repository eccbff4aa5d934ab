import type { Point } from "./figures";
import { LatencyCounts } from "./latency-counts";

type Tally = Record<string, number>;

/** The requests that were due in one interval. */
export class Bucket {
  requests = 0;
  failed = 0;
  readonly byColor: Tally = {};
  readonly byVersion: Tally = {};
  private readonly latencies = new LatencyCounts();
  private maxMs = 0;

  /** @param maker color and version of the instance. Undefined if it is not counted. */
  answeredBy(color: string, maker?: string): void {
    addAll(this.byColor, { [color]: 1 });
    if (maker !== undefined) addAll(this.byVersion, { [maker]: 1 });
  }

  took(milliseconds: number): void {
    this.latencies.record(milliseconds);
    this.maxMs = Math.max(this.maxMs, milliseconds);
  }

  merge(other: Bucket): void {
    this.requests += other.requests;
    this.failed += other.failed;
    addAll(this.byColor, other.byColor);
    addAll(this.byVersion, other.byVersion);
    this.latencies.merge(other.latencies);
    this.maxMs = Math.max(this.maxMs, other.maxMs);
  }

  at(atSeconds: number): Point {
    const { requests, failed, byColor, byVersion, latencies, maxMs } = this;
    const [p50Ms, p99Ms] = [50, 99].map((percentile) => {
      const bound = latencies.percentileMs(percentile);
      // The upper bound of a bucket can exceed the longest latency.
      return bound === null ? null : Math.min(bound, maxMs);
    }) as [number | null, number | null];
    return { atSeconds, requests, failed, p50Ms, p99Ms, maxMs, byColor, byVersion };
  }
}

function addAll(to: Tally, from: Tally): void {
  for (const [key, value] of Object.entries(from)) to[key] = (to[key] ?? 0) + value;
}

/**
 * Time series in bounded memory. It starts with one bucket per second; whenever the capacity is reached, pairs of
 * buckets are merged and the bucket width doubles.
 */
export class LoadSeries {
  private bucketSeconds = 1;
  private buckets: Bucket[] = [];

  /** @param capacity must be even, because buckets are merged in pairs */
  constructor(private readonly capacity = 600) {}

  at(secondsAfterStart: number): Bucket {
    while (secondsAfterStart >= this.capacity * this.bucketSeconds) this.widen();
    const index = Math.max(0, Math.floor(secondsAfterStart / this.bucketSeconds));
    while (this.buckets.length <= index) this.buckets.push(new Bucket());
    return this.buckets[index] as Bucket;
  }

  figures(): { bucketSeconds: number; points: Point[] } {
    const { bucketSeconds } = this;
    return { bucketSeconds, points: this.buckets.map((bucket, index) => bucket.at(index * bucketSeconds)) };
  }

  private widen(): void {
    this.buckets = this.buckets.flatMap((bucket, index) => {
      if (index % 2 === 1) return [];
      const next = this.buckets[index + 1];
      if (next !== undefined) bucket.merge(next);
      return [bucket];
    });
    this.bucketSeconds *= 2;
  }
}
