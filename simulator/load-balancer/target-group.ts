import { GroupCounters } from "./counters";
import { invalid } from "./errors";
import { TargetRegistration } from "./target-registration";
import type { Target, TargetGroupSpec, TargetHealthDescription } from "./types";

/** The registered and draining targets of one target group, and the choice of the target for each request. */
export class TargetGroup {
  readonly counters = new GroupCounters();
  private readonly registered = new Map<string, TargetRegistration>();
  private readonly draining = new Set<TargetRegistration>();
  private inUse = false;
  private eligible: readonly TargetRegistration[] = [];
  private turn = 0;

  constructor(
    public spec: TargetGroupSpec,
    private idleTimeoutMs: number,
    private readonly timeScale: number,
  ) {}

  register(target: Target): void {
    const known = this.registered.get(target.id)?.target;
    if (known !== undefined) {
      if (known.host === target.host && known.port === target.port) return;
      throw invalid(
        `Target ${target.id} is registered at ${known.host}:${known.port}, got ${target.host}:${target.port}. Deregister it first.`,
      );
    }
    const registration = new TargetRegistration(
      target,
      () => this.spec.healthCheck,
      this.idleTimeoutMs,
      this.timeScale,
      () => this.chooseEligible(),
    );
    this.registered.set(target.id, registration);
    registration.setInUse(this.inUse);
    this.chooseEligible();
  }

  /** `delayMs` replaces the group's deregistration delay when the whole load balancer closes. */
  async deregister(targetId: string, delayMs = this.deregistrationDelayMs): Promise<void> {
    const registration = this.registered.get(targetId);
    if (registration === undefined) return this.drained(targetId);
    this.registered.delete(targetId);
    this.chooseEligible();
    this.draining.add(registration);
    await registration.drain(delayMs);
    this.draining.delete(registration);
  }

  async deregisterAll(delayMs = this.deregistrationDelayMs): Promise<void> {
    const leaving = [...this.registered.keys()].map((id) => this.deregister(id, delayMs));
    await Promise.all([...leaving, ...[...this.draining].map((registration) => registration.drain(delayMs))]);
  }

  /** Chooses a target by round-robin; undefined if the group is empty. */
  next(): TargetRegistration | undefined {
    return this.eligible[this.turn++ % this.eligible.length];
  }

  setInUse(inUse: boolean): void {
    if (inUse === this.inUse) return;
    this.inUse = inUse;
    for (const registration of this.registered.values()) registration.setInUse(inUse);
    this.chooseEligible();
  }

  setIdleTimeout(ms: number): void {
    this.idleTimeoutMs = ms;
    for (const registration of this.all()) registration.setIdleTimeout(ms);
  }

  cutOpen(): void {
    for (const registration of this.all()) registration.cutOpen();
  }

  describe(): TargetHealthDescription[] {
    return this.all().map((registration) => registration.describe(this.inUse));
  }

  private get deregistrationDelayMs(): number {
    return (this.spec.deregistrationDelaySeconds * 1000) / this.timeScale;
  }

  private all(): TargetRegistration[] {
    return [...this.registered.values(), ...this.draining];
  }

  /** Waits for a target that is already draining when it is deregistered again. */
  private async drained(targetId: string): Promise<void> {
    const leaving = [...this.draining].filter(({ target }) => target.id === targetId);
    await Promise.all(leaving.map((registration) => registration.drain(0)));
  }

  /** Selects the healthy targets, or all targets if none is healthy: an Application Load Balancer fails open. */
  private chooseEligible(): void {
    const allTargets = [...this.registered.values()];
    const healthy = allTargets.filter((registration) => registration.healthy);
    this.eligible = healthy.length > 0 ? healthy : allTargets;
  }
}
