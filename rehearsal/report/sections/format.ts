import type { ReportCell } from "./section";

export function formatCount(value: number): string {
  return value.toLocaleString("en-US");
}

/** Formats a duration: `340 ms`, `4.2 s`, `3 min 5 s`. */
export function formatDuration(seconds: number): string {
  if (seconds === 0) return "0 s";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  return rest === 0 ? `${formatCount(minutes)} min` : `${formatCount(minutes)} min ${rest} s`;
}

export function formatMs(milliseconds: number | null | undefined): string {
  return milliseconds === null || milliseconds === undefined ? "none" : formatDuration(milliseconds / 1000);
}

/** Formats the time since the start of a run as on a clock: `2:05`, `1:00:00`. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(rest).padStart(2, "0");
  return hours === 0 ? `${minutes}:${tail}` : `${hours}:${String(minutes).padStart(2, "0")}:${tail}`;
}

/** Formats a time as `2026-11-30 17:05:09 UTC`. */
export function formatTime(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

/** A count that should be 0. */
export function lossCell(count: number): ReportCell {
  return { text: formatCount(count), mark: count === 0 ? "good" : "bad" };
}

/** Formats a count with its noun, such as `3 releases`. */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}
