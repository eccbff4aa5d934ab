import type { Point } from "./figures";

function mergePoints(first: Point, second: Point): Point {
  const byColor = { ...first.byColor };
  for (const [color, answers] of Object.entries(second.byColor)) {
    byColor[color] = (byColor[color] ?? 0) + answers;
  }
  return {
    atSeconds: first.atSeconds,
    requests: first.requests + second.requests,
    failed: first.failed + second.failed,
    maxMs: Math.max(first.maxMs, second.maxMs),
    byColor,
  };
}

/**
 * Time series in bounded memory. It starts with one bucket per second; whenever the capacity is reached, pairs of
 * buckets are merged and the bucket width doubles.
 */
export class LoadSeries {
  private bucketSeconds = 1;
  private points: Point[] = [];

  /** @param capacity must be even, because buckets are merged in pairs */
  constructor(private readonly capacity = 600) {}

  at(secondsAfterStart: number): Point {
    while (secondsAfterStart >= this.capacity * this.bucketSeconds) this.widen();
    const index = Math.max(0, Math.floor(secondsAfterStart / this.bucketSeconds));
    while (this.points.length <= index) this.points.push(this.emptyPoint(this.points.length));
    return this.points[index] as Point;
  }

  toJSON(): { bucketSeconds: number; points: Point[] } {
    return { bucketSeconds: this.bucketSeconds, points: this.points };
  }

  private widen(): void {
    const wider: Point[] = [];
    for (let index = 0; index < this.points.length; index += 2) {
      const [first, second] = this.points.slice(index, index + 2);
      if (first !== undefined) wider.push(second === undefined ? first : mergePoints(first, second));
    }
    this.points = wider;
    this.bucketSeconds *= 2;
  }

  private emptyPoint(index: number): Point {
    return { atSeconds: index * this.bucketSeconds, requests: 0, failed: 0, maxMs: 0, byColor: {} };
  }
}
