import { afterCheck, type CheckResult, type Health, INITIAL_HEALTH } from "./health";
import { probeTarget } from "./health-probe";
import type { HealthCheck, Target } from "./types";

/**
 * Interval of the extra checks of a new target until it is healthy. AWS waits for the health check interval, but its
 * instances take longer to boot. A failed extra check is ignored, so it never makes a target unhealthy.
 */
const NEW_TARGET_MS = 250;

/** Checks one target at the health check interval until it is stopped. */
export class HealthMonitor {
  health: Health = INITIAL_HEALTH;
  private running: AbortController | undefined;

  constructor(
    private readonly target: Target,
    /** Called before each check, so that changed settings apply to the next check. */
    private readonly currentCheck: () => HealthCheck,
    private readonly timeScale: number,
    private readonly onChange: () => void,
  ) {}

  /** Runs the first check at once. */
  start(): void {
    if (this.running !== undefined) return;
    this.running = new AbortController();
    void this.run(this.running.signal);
  }

  stop(): void {
    this.running?.abort();
    this.running = undefined;
    this.health = INITIAL_HEALTH;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const check = this.currentCheck();
      const nextAt = performance.now() + (check.intervalSeconds * 1000) / this.timeScale;
      this.recordResult(await this.probe(check, signal), check, signal);
      while (
        this.health.state === "initial" &&
        performance.now() + NEW_TARGET_MS < nextAt &&
        !signal.aborted
      ) {
        await sleep(NEW_TARGET_MS, signal);
        const early = await this.probe(check, signal);
        if (early.reason === undefined) this.recordResult(early, check, signal);
      }
      await sleep(nextAt - performance.now(), signal);
    }
  }

  private probe(check: HealthCheck, signal: AbortSignal): Promise<CheckResult> {
    return probeTarget(this.target, check, (check.timeoutSeconds * 1000) / this.timeScale, signal);
  }

  private recordResult(result: CheckResult, check: HealthCheck, signal: AbortSignal): void {
    if (signal.aborted) return;
    const before = this.health.state;
    this.health = afterCheck(this.health, result, check);
    if (this.health.state !== before) this.onChange();
  }
}

/** Resolves early when `signal` aborts. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.max(0, ms));
    signal.addEventListener("abort", end);
  });
}
