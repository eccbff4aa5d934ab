import type { LoadFigures } from "./figures";

/** If the generator sends requests later than this (99th percentile), the measured latencies are not reliable. */
const LAG_P99_LIMIT_MS = 20;
const MIN_STALL_MS = 100;
/** If a process waited for a CPU during a larger share of the run, the measured latencies are not reliable. */
const CPU_PRESSURE_LIMIT = 0.8;

export function noiseReasons(generator: LoadFigures["generator"], longestStallMs: number): readonly string[] {
  const reasons: string[] = [];
  const lagP99Ms = Math.max(generator.lagP99Ms, generator.eventLoopDelayP99Ms);
  if (lagP99Ms > LAG_P99_LIMIT_MS) {
    reasons.push(
      `the generator itself was late by ${round(lagP99Ms)} ms (99th percentile, limit ${LAG_P99_LIMIT_MS} ms)`,
    );
  }
  const pauseMs = Math.max(generator.lagMaxMs, generator.eventLoopDelayMaxMs);
  if (longestStallMs >= MIN_STALL_MS && pauseMs >= longestStallMs / 2) {
    reasons.push(
      `the generator itself paused for ${round(pauseMs)} ms, which may have caused the longest stall of ${round(longestStallMs)} ms`,
    );
  }
  if (generator.cpuPressure !== null && generator.cpuPressure > CPU_PRESSURE_LIMIT) {
    reasons.push(
      `processes waited for a CPU during ${round(generator.cpuPressure * 100)} % of the run (limit ${CPU_PRESSURE_LIMIT * 100} %)`,
    );
  }
  return reasons;
}

export interface LoadOutcome {
  /** `noisy`: nothing failed, but the latencies are not reliable. A run with failures is always `failed`. */
  readonly outcome: "passed" | "failed" | "noisy";
  readonly passed: boolean;
  readonly reasons: readonly string[];
}

/** Determines the outcome. A single failed request, lost session, cut upload or wrong answer fails the run. */
export function loadOutcome(figures: LoadFigures): LoadOutcome {
  const { requests, sessions, uploads, answers } = figures;
  const failures: string[] = [];
  if (requests.total === 0) failures.push("no request was made, so nothing was tested");
  if (requests.failed > 0) failures.push(`${requests.failed} of ${requests.total} requests failed`);
  if (requests.unfinished > 0) failures.push(`${requests.unfinished} requests were never settled`);
  if (sessions.lost > 0) failures.push(`${sessions.lost} of ${sessions.total} sessions were lost`);
  if (uploads.cut > 0) failures.push(`${uploads.cut} of ${uploads.total} uploads were cut`);
  if (answers.wrong > 0) failures.push(`${answers.wrong} answers were wrong`);
  const isNamed = Object.keys(answers.byVersion).length > 0;
  if (figures.flips.length > 0 && requests.total > 0 && !isNamed) {
    failures.push(
      "no answer named its color or version, so no flip can be judged; set load.answers of app/index.ts",
    );
  }
  for (const flip of figures.flips) {
    if (flip.firstAnswerFromNewMs === null && isNamed) {
      failures.push(`no answer came from ${flip.to} after the flip from ${flip.from} at ${flip.startedAt}`);
    }
  }
  if (failures.length > 0) return { outcome: "failed", passed: false, reasons: failures };
  if (figures.noisy) return { outcome: "noisy", passed: false, reasons: figures.noisyReasons };
  return { outcome: "passed", passed: true, reasons: [] };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
