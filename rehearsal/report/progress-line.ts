import type { LoadFigures } from "../load";

/**
 * Formats the figures of a running load in one line: `load 42 s, blue 180/s green 20/s, failed 0, lost 0, cut 0, wrong 0`.
 *
 * Parts that exceed `width` are left out, the least important ones first.
 */
export function progressLine(figures: LoadFigures, width: number): string {
  const { requests, sessions, uploads, answers, latency, durationSeconds, series } = figures;
  // The last interval is still running.
  const { byColor = {} } = series.points.at(-2) ?? series.points.at(-1) ?? {};
  const rates = Object.entries(byColor).map(
    ([color, count]) => `${color} ${Math.round(count / series.bucketSeconds)}/s`,
  );
  const parts = [
    `load ${Math.round(durationSeconds)} s`,
    `failed ${requests.failed}`,
    `lost ${sessions.lost}`,
    `cut ${uploads.cut}`,
    `wrong ${answers.wrong}`,
    ...(rates.length > 0 ? [rates.join(" ")] : []),
    `p99 ${Math.round(latency.p99Ms)} ms`,
    `${requests.total} requests`,
  ];
  let line = parts[0] ?? "";
  for (const part of parts.slice(1)) {
    const longer = `${line}, ${part}`;
    if (longer.length > width) break;
    line = longer;
  }
  return line.slice(0, width);
}
