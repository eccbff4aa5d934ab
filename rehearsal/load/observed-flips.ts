import type { LoadFigures, Point } from "./figures";

/** A change of the color that answers, as seen from outside. */
export interface ObservedFlip {
  readonly from: string;
  readonly to: string;
  /** Seconds after the start of the load at which the new color first gave most of the answers. */
  readonly atSeconds: number;
  /** Failed requests from the last interval before it to the first one after it. */
  readonly failed: number;
  /** Longest latency in the same time, in milliseconds. */
  readonly latencyMaxMs: number;
}

/** Finds the flips in the series of a load without marks: the color of most answers changes. */
export function observedFlips({ series }: Pick<LoadFigures, "series">): ObservedFlip[] {
  const flips: ObservedFlip[] = [];
  let before: string | undefined;
  series.points.forEach((point, index) => {
    const color = mainColor(point);
    if (color === undefined) return;
    if (before !== undefined && color !== before) {
      const around = series.points.slice(Math.max(0, index - 1), index + 2);
      flips.push({
        from: before,
        to: color,
        atSeconds: point.atSeconds,
        failed: around.reduce((sum, { failed }) => sum + failed, 0),
        latencyMaxMs: Math.max(...around.map(({ maxMs }) => maxMs)),
      });
    }
    before = color;
  });
  return flips;
}

function mainColor({ byColor }: Point): string | undefined {
  const [most] = Object.entries(byColor).sort(([, left], [, right]) => right - left);
  return most !== undefined && most[1] > 0 ? most[0] : undefined;
}
