/** Maps a range of values to a range of pixels. */
export interface Scale {
  (value: number): number;
  /** Round values in the range, about as many as were asked for. */
  readonly ticks: readonly number[];
}

/** @param ticks values to label */
export function linearScale(domain: Range, pixels: Range, ticks: readonly number[]): Scale {
  const [from, to] = domain;
  const width = to - from || 1;
  const scale = (value: number) => round(pixels[0] + ((value - from) / width) * (pixels[1] - pixels[0]));
  return Object.assign(scale, { ticks });
}

/** A scale of powers of ten. Values below the range are mapped to its start. */
export function logScale([from, to]: Range, pixels: Range): Scale {
  const [low, high] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to))];
  const position = linearScale([low, Math.max(high, low + 1)], pixels, []);
  const ticks = Array.from({ length: Math.max(high, low + 1) - low + 1 }, (_, index) => 10 ** (low + index));
  return Object.assign((value: number) => position(Math.max(low, Math.log10(Math.max(value, 1e-9)))), {
    ticks,
  });
}

export type Range = readonly [from: number, to: number];

/** Multiples of 1, 2 or 5 times a power of ten, from 0 to at most `max`. */
export function roundTicks(max: number, count: number): number[] {
  const rough = max / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  return multiples(step, max);
}

/** Multiples of a step that is usual for clocks, from 0 to at most `seconds`. */
export function clockTicks(seconds: number, count: number): number[] {
  const step =
    CLOCK_STEPS.find((candidate) => seconds / candidate <= count) ?? Math.ceil(seconds / count / 3600) * 3600;
  return multiples(step, seconds);
}

const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];

function multiples(step: number, max: number): number[] {
  return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, index) => index * step);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
