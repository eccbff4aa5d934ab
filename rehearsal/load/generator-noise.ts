import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { monotonicMs } from "./clock";
import type { LoadFigures } from "./figures";
import { LatencyHistogram } from "./histogram";

const SAMPLING_MS = 10;

/**
 * Measures the lateness of the generator and the load of its machine, to detect latencies that the system under load
 * did not cause.
 */
export class GeneratorNoise {
  private readonly lags = new LatencyHistogram();
  private readonly eventLoop = monitorEventLoopDelay({ resolution: SAMPLING_MS });
  private readonly startedMs = monotonicMs();
  private readonly waitedAtStartMs = cpuWaitMs();

  constructor() {
    this.eventLoop.enable();
  }

  handedOver(lagMs: number): void {
    this.lags.record(lagMs);
  }

  figures(): LoadFigures["generator"] {
    return {
      lagP99Ms: this.lags.percentileMs(99),
      lagMaxMs: this.lags.maxMs,
      eventLoopDelayP99Ms: delayMs(this.eventLoop.percentile(99)),
      eventLoopDelayMaxMs: delayMs(this.eventLoop.max),
      loadAverage: loadavg()[0] ?? 0,
      cpuPressure: this.cpuPressure(),
    };
  }

  stop(): void {
    this.eventLoop.disable();
  }

  private cpuPressure(): number | null {
    const waitedMs = cpuWaitMs();
    const elapsedMs = monotonicMs() - this.startedMs;
    if (waitedMs === undefined || this.waitedAtStartMs === undefined || elapsedMs <= 0) return null;
    return Math.min(1, Math.max(0, waitedMs - this.waitedAtStartMs) / elapsedMs);
  }
}

function delayMs(sampleNanoseconds: number): number {
  return Math.max(0, sampleNanoseconds / 1e6 - SAMPLING_MS);
}

/**
 * Time during which a process waited for a CPU, from Linux's pressure stall information. Undefined on other systems.
 */
function cpuWaitMs(): number | undefined {
  try {
    const total = /^some .*total=(\d+)/m.exec(readFileSync("/proc/pressure/cpu", "utf8"))?.[1];
    return total === undefined ? undefined : Number(total) / 1000;
  } catch {
    return undefined;
  }
}
