import { HealthMonitor } from "./health-monitor";
import { TargetAgent } from "./target-agent";
import type { HealthCheck, Target, TargetHealthDescription } from "./types";

/** A request or a tunnel that is in progress on a target. */
export interface Exchange {
  /** Ends it now, and reports that to the client as far as possible. */
  cut(): void;
}

/** One target in one group, from its registration until it is deregistered and drained. */
export class TargetRegistration {
  /** Connections to this target only, so that they can be closed with it. */
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

  /** A group that no rule names is not checked. */
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

  /**
   * Resolves when nothing is open any more, or when open requests are cut after `delayMs`, and the connections are
   * closed.
   */
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
