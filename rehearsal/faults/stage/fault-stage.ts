import { setTimeout as sleep } from "node:timers/promises";
import type { UpdateOptions, UpdateResult } from "../../../engine/deploy/engine";
import type { Simulator } from "../../../simulator";
import type { ReleaseControl } from "../../../traffic/control";
import type { LoadRun } from "../../load";
import { type RehearsedRule, readRule } from "../../scenario/rule-weights";
import { type CurrentRelease, deploy, flip, type LiveColor, type ReleaseStep } from "../../scenario/steps";
import type { FaultStack } from "./fault-stack";
import { type Noticer, Notices } from "./notices";
import { Wellness } from "./wellness";

const POLL_MS = 50;

/** A stack under load, for the time of one fault. */
export class FaultStage {
  private notices: Notices | undefined;
  private wellness: Wellness | undefined;
  private startedMs: number | undefined;

  private constructor(
    readonly stack: FaultStack,
    readonly load: LoadRun,
    private currentControl: ReleaseControl,
    private currentLive: LiveColor,
  ) {}

  static async open(stack: FaultStack, load: LoadRun): Promise<FaultStage> {
    return new FaultStage(stack, load, await stack.control(), await stack.live());
  }

  get simulator(): Simulator {
    return this.stack.simulator;
  }

  get control(): ReleaseControl {
    return this.currentControl;
  }

  get live(): LiveColor {
    return this.currentLive;
  }

  get idle(): LiveColor {
    return this.currentLive === "blue" ? "green" : "blue";
  }

  /** Marks the time at which the fault begins. Losses are counted before too, recovery and reactions from here on. */
  begin(name = "fault begins"): void {
    if (this.startedMs !== undefined) return;
    this.startedMs = Date.now();
    this.load.mark(name);
    this.notices = new Notices(this.simulator, () => this.targetGroups(), this.startedMs);
    this.wellness = new Wellness(() => this.isServing(), this.load, this.startedMs);
  }

  get begunAt(): number {
    if (this.startedMs === undefined) throw new Error("The fault has not begun.");
    return this.startedMs;
  }

  note(by: Noticer): void {
    this.notices?.note(by);
  }

  /** All was not well until now, for a reason that neither failed requests nor missing instances show. */
  notWellYet(): void {
    this.wellness?.notWell();
  }

  observed(): { readonly notices: Notices; readonly wellness: Wellness } {
    if (this.notices === undefined || this.wellness === undefined)
      throw new Error("The fault has not begun.");
    return { notices: this.notices, wellness: this.wellness };
  }

  close(): void {
    this.notices?.stop();
    this.wellness?.stop();
  }

  async step(plan: (current: CurrentRelease) => ReleaseStep, options?: UpdateOptions): Promise<UpdateResult> {
    try {
      return await this.stack.step(plan, options);
    } finally {
      await this.refresh();
    }
  }

  /**
   * Deploys the next version to the idle color unless it has not served yet: a return to a version that has served is a
   * rollback, which is neither checked in full nor watched.
   */
  async renewIdle(): Promise<void> {
    if (!(await this.stack.hasServed(this.idle))) return;
    const version = this.stack.anotherBuild("next");
    await this.step((current) => deploy(current, version));
  }

  /** Flips traffic. With `bakeMinutes`, the watch observes it. */
  flip({
    bakeMinutes = 0,
    ...options
  }: UpdateOptions & { readonly bakeMinutes?: number } = {}): Promise<UpdateResult> {
    const bake = { bakeMinutes: String(bakeMinutes) };
    return this.step((current) => {
      const step = flip(current);
      if (step.flip) this.load.mark("flip-started", step.flip);
      return { ...step, config: { ...step.config, ...bake } };
    }, options);
  }

  /** An update that must fail. @returns its message @throws Error if it succeeds */
  async failing(update: Promise<unknown>): Promise<string> {
    const message = await update.then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (message === undefined) throw new Error("The update must fail, and it succeeded.");
    this.note("update");
    return message;
  }

  rule(): Promise<RehearsedRule> {
    return readRule(this.simulator, this.control);
  }

  /** Resolves when the condition holds. @throws Error after the limit */
  async until(what: string, condition: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
    const endsAt = performance.now() + limitMs;
    while (!(await condition())) {
      if (performance.now() > endsAt) throw new Error(`${what}: not within ${limitMs / 1000} s.`);
      await this.sleep(POLL_MS);
    }
  }

  async sleep(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.stack.options.signal });
  }

  /** Ids of the running instances of a color, oldest first. */
  instances(tier: "web" | "app", color: LiveColor): string[] {
    const group = this.control.tiers[tier][color].autoScalingGroupName;
    return this.simulator
      .instances()
      .filter((instance) => instance.group === group && instance.lifecycle === "InService")
      .map(({ id }) => id);
  }

  /** Healthy targets of a color in one tier. */
  healthy(tier: "web" | "app", color: LiveColor): number {
    const { targetGroupArn } = this.control.tiers[tier][color];
    return this.simulator.targetHealth(targetGroupArn).filter(({ state }) => state === "healthy").length;
  }

  private isServing(): boolean {
    return (["web", "app"] as const).every(
      (tier) => this.healthy(tier, this.live) >= this.control.tiers[tier].minInstances,
    );
  }

  private targetGroups(): string[] {
    return Object.values(this.control.tiers).flatMap(({ blue, green }) => [
      blue.targetGroupArn,
      green.targetGroupArn,
    ]);
  }

  private async refresh(): Promise<void> {
    this.currentControl = await this.stack.control();
    this.currentLive = await this.stack.live();
  }
}
