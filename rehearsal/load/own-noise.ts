import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { monotonicMs } from "./clock";
import type { LoadFigures } from "./figures";
import { LatencyHistogram } from "./histogram";

const samplingMs = 10;

/** What the generator knows of its own lateness and of the machine's, so that it can doubt its figures. */
export class OwnNoise {
  private readonly lags = new LatencyHistogram();
  private readonly eventLoop = monitorEventLoopDelay({ resolution: samplingMs });
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

/** The monitor's samples contain the interval at which it samples. */
function delayMs(sampleNanoseconds: number): number {
  return Math.max(0, sampleNanoseconds / 1e6 - samplingMs);
}

/** Time in which some process waited for a CPU, from Linux pressure stall information; undefined elsewhere. */
function cpuWaitMs(): number | undefined {
  try {
    const total = /^some .*total=(\d+)/m.exec(readFileSync("/proc/pressure/cpu", "utf8"))?.[1];
    return total === undefined ? undefined : Number(total) / 1000;
  } catch {
    return undefined;
  }
}
