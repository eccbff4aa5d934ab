import { HealthMonitor } from "./health-monitor";
import { TargetAgent } from "./target-agent";
import type { HealthCheck, Target, TargetHealthDescription } from "./types";

/** A request or tunnel that is in progress on a target. */
export interface Exchange {
  /** Ends the request or tunnel immediately and reports that to the client if possible. */
  cut(): void;
}

/** A target in one target group, from its registration until it is deregistered and drained. */
export class TargetRegistration {
  /** Has connections to this target only, so that they can be closed together. */
  readonly agent: TargetAgent;
  private readonly monitor: HealthMonitor;
  private readonly open = new Set<Exchange>();
  private whenDone: (() => void) | undefined;
  private draining: Promise<void> | undefined;

  constructor(
    readonly target: Target,
    currentCheck: () => HealthCheck,
    idleTimeoutMs: number,
    timeScale: number,
    onHealthChange: () => void,
  ) {
    this.agent = new TargetAgent(idleTimeoutMs);
    this.monitor = new HealthMonitor(target, currentCheck, timeScale, onHealthChange);
  }

  get healthy(): boolean {
    return this.monitor.health.state === "healthy";
  }

  /** Starts or stops the health checks: a target group that no rule uses is not checked. */
  setInUse(inUse: boolean): void {
    if (inUse) this.monitor.start();
    else this.monitor.stop();
  }

  setIdleTimeout(ms: number): void {
    this.agent.setIdleTimeout(ms);
  }

  begin(exchange: Exchange): void {
    this.open.add(exchange);
  }

  finish(exchange: Exchange): void {
    this.open.delete(exchange);
    if (this.open.size === 0) this.whenDone?.();
  }

  cutOpen(): void {
    for (const exchange of [...this.open]) exchange.cut();
  }

  /** Resolves when all connections are closed. Requests that are still open after `delayMs` are cut. */
  drain(delayMs: number): Promise<void> {
    this.draining ??= this.startDrain(delayMs);
    return this.draining;
  }

  private async startDrain(delayMs: number): Promise<void> {
    this.monitor.stop();
    if (this.open.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delayMs);
        this.whenDone = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.cutOpen();
    }
    await this.agent.close();
  }

  describe(inUse: boolean): TargetHealthDescription {
    const { target } = this;
    if (this.draining !== undefined) {
      return { target, state: "draining", reason: "Target.DeregistrationInProgress" };
    }
    if (!inUse) return { target, state: "unused", reason: "Target.NotInUse" };
    const { state, reason } = this.monitor.health;
    return { target, state, ...(reason === undefined ? {} : { reason }) };
  }
}
