import { AwsError } from "../errors";
import type { LoadBalancing } from "../load-balancer/control-plane";
import { Instance, type InstanceHost, type InstanceTemplate } from "./instance";

export interface GroupSize {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
}

export interface GroupSettings {
  readonly min: number;
  readonly max: number;
  /** Undefined leaves the present number of instances unchanged, within `min` and `max`. */
  readonly desired?: number;
  readonly targetGroupArns: readonly string[];
  /**
   * `EC2` replaces only instances that have ended. `ELB` also replaces instances that the load balancer reports as
   * unhealthy.
   */
  readonly healthCheckType: "EC2" | "ELB";
  /** Time after an instance's launch during which its health in the load balancer is ignored. */
  readonly graceMs: number;
  /** Template of the next instance, read at each launch. */
  readonly template: () => InstanceTemplate;
}

/** State as in `DescribeAutoScalingInstances`. */
export type LifecycleState = "InService" | "Terminating";

interface Member {
  readonly instance: Instance;
  state: LifecycleState;
}

export interface ScalingActivity {
  readonly at: number;
  readonly description: string;
  /** Reason of a failed activity; undefined for a successful one. */
  readonly failure?: string;
}

const CHECK_INTERVAL_MS = 250;
const MIN_PAUSE_MS = 500;
const MAX_PAUSE_MS = 10_000;
const MAX_ACTIVITIES = 100;

/** An Auto Scaling group: keeps the desired number of instances running and registered. */
export class ScalingGroup {
  private readonly membersById = new Map<string, Member>();
  private readonly recentActivities: ScalingActivity[] = [];
  private readonly ending = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private settings: GroupSettings;
  private desiredCapacity: number;
  private reconciling: Promise<void> | undefined;
  private pauseMs = MIN_PAUSE_MS;
  private noLaunchBefore = 0;
  private closed = false;
  private draining = false;
  readonly createdAt = Date.now();

  constructor(
    readonly name: string,
    settings: GroupSettings,
    private readonly instanceHost: InstanceHost,
    private readonly loadBalancing: LoadBalancing,
    private readonly onActivity: (activity: ScalingActivity) => void,
  ) {
    this.settings = settings;
    this.desiredCapacity = settings.desired ?? settings.min;
    this.timer = setInterval(() => this.reconcile(), CHECK_INTERVAL_MS);
    this.timer.unref();
    this.reconcile();
  }

  get desired(): number {
    return this.desiredCapacity;
  }

  get size(): GroupSize {
    const { min, max } = this.settings;
    return { min, max, desired: this.desiredCapacity };
  }

  get isDraining(): boolean {
    return this.draining;
  }

  get activities(): readonly ScalingActivity[] {
    return this.recentActivities;
  }

  members(): readonly { instance: Instance; state: LifecycleState }[] {
    return [...this.membersById.values()];
  }

  /** Number of instances in service, and how many of them are healthy in every target group. */
  healthy(): { inService: number; inLoadBalancer: number } {
    const inService = this.inService().filter(({ instance }) => instance.state === "running");
    const everywhere = inService.filter(({ instance }) => this.isHealthy(instance));
    return { inService: inService.length, inLoadBalancer: everywhere.length };
  }

  /** True if the instance is healthy in every target group of this group. */
  isHealthy({ id }: Instance): boolean {
    return this.settings.targetGroupArns.every((arn) =>
      this.loadBalancing.health(arn).some(({ target, state }) => target.id === id && state === "healthy"),
    );
  }

  update(settings: GroupSettings): void {
    const before = this.settings;
    this.settings = settings;
    const wanted = settings.desired ?? this.desiredCapacity;
    this.desiredCapacity = Math.min(settings.max, Math.max(settings.min, wanted));
    for (const { instance } of this.inService()) {
      const { targetGroupArns } = settings;
      for (const arn of before.targetGroupArns.filter((each) => !targetGroupArns.includes(each))) {
        this.track(this.loadBalancing.deregisterTarget(arn, instance.id));
      }
      for (const arn of targetGroupArns.filter((each) => !before.targetGroupArns.includes(each))) {
        this.loadBalancing.registerTarget(arn, instance);
      }
    }
    this.reconcile();
  }

  /**
   * Sets the number of instances, as a scaling policy or an operator does.
   *
   * @param cause the policy, for the description of the activity; for an operator there is no activity
   * @throws AwsError if the number is outside the group's limits.
   */
  setDesired(desired: number, cause?: string): void {
    const { min, max } = this.settings;
    const outside = desired > max ? `above max value ${max}` : desired < min ? `below min value ${min}` : "";
    if (outside !== "") {
      const reason = `New SetDesiredCapacity value ${desired} is ${outside} for the AutoScalingGroup.`;
      throw new AwsError("ValidationError", reason);
    }
    if (cause !== undefined)
      this.note(`Changing the desired capacity from ${this.desiredCapacity} to ${desired} by ${cause}`);
    this.desiredCapacity = desired;
    this.reconcile();
  }

  /**
   * Changes the limits, as UpdateAutoScalingGroup does. The desired number follows them.
   *
   * @throws AwsError if the limits contradict each other or the desired number.
   */
  resize(change: Partial<GroupSize>): void {
    const { min = this.settings.min, max = this.settings.max, desired } = change;
    if (min > max) {
      const reason = `Max bound, ${max}, must be greater than or equal to min bound, ${min}`;
      throw new AwsError("ValidationError", reason);
    }
    if (desired !== undefined && (desired < min || desired > max)) {
      const reason = `Desired capacity:${desired} must be between the specified min size:${min} and max size:${max}`;
      throw new AwsError("ValidationError", reason);
    }
    this.update({ ...this.settings, min, max, desired });
  }

  /** Terminates all instances with connection draining, and ends the group. */
  async drain(): Promise<void> {
    this.draining = true;
    this.update({ ...this.settings, min: 0, max: 0, desired: 0 });
    await this.reconciling;
    this.reconcile();
    await this.reconciling;
    await Promise.all(this.ending);
    this.stop();
  }

  /** Terminates all instances within a limit, without draining. */
  async close(limitSeconds: number): Promise<void> {
    this.stop();
    await this.reconciling;
    await Promise.all([...this.membersById.values()].map(({ instance }) => instance.terminate(limitSeconds)));
    await Promise.all(this.ending);
  }

  /** Launches or terminates instances until the desired number is reached. Only one run is active at a time. */
  reconcile(): void {
    if (this.closed || this.reconciling) return;
    this.reconciling = this.reconcileOnce().finally(() => {
      this.reconciling = undefined;
    });
  }

  private async reconcileOnce(): Promise<void> {
    for (const member of this.inService()) {
      const reason = this.unfit(member);
      if (reason === undefined) continue;
      this.note(`Terminating EC2 instance: ${member.instance.id} (${reason})`);
      this.remove(member);
    }
    const surplus = this.inService().length - this.desiredCapacity;
    for (const member of this.oldestFirst().slice(0, Math.max(0, surplus))) {
      this.note(`Terminating EC2 instance: ${member.instance.id} (scale in)`);
      this.remove(member);
    }
    while (
      !this.closed &&
      this.inService().length < this.desiredCapacity &&
      Date.now() >= this.noLaunchBefore
    ) {
      await this.launch();
    }
  }

  private async launch(): Promise<void> {
    try {
      const instance = await Instance.launch(this.settings.template(), this.instanceHost);
      this.membersById.set(instance.id, { instance, state: "InService" });
      for (const arn of this.settings.targetGroupArns) this.loadBalancing.registerTarget(arn, instance);
      this.note(`Launching a new EC2 instance: ${instance.id}`);
    } catch (error) {
      this.note("Launching a new EC2 instance", (error as Error).message);
      this.slowDown();
    }
  }

  /** Returns the reason to replace the instance; undefined if there is none. */
  private unfit({ instance }: Member): string | undefined {
    if (instance.state !== "running") return "EC2 instance status checks failed";
    if (this.settings.healthCheckType !== "ELB") return undefined;
    if (Date.now() - instance.launchedAt < this.settings.graceMs) return undefined;
    const unhealthy = this.settings.targetGroupArns.some((arn) =>
      this.loadBalancing
        .health(arn)
        .some(({ target, state }) => target.id === instance.id && state === "unhealthy"),
    );
    return unhealthy ? "ELB system health check failed" : undefined;
  }

  /** Terminates an instance. It is deregistered first, so that it receives no requests during the shutdown. */
  private remove(member: Member): void {
    const { instance } = member;
    const lost = instance.state !== "running";
    member.state = "Terminating";
    // Prevents a busy loop of replacements if instances fail right after their launch.
    if (lost || Date.now() - instance.launchedAt < MAX_PAUSE_MS) this.slowDown();
    else this.pauseMs = MIN_PAUSE_MS;
    const drained = this.settings.targetGroupArns.map((arn) =>
      this.loadBalancing.deregisterTarget(arn, instance.id),
    );
    const ended = Promise.all(lost ? [] : drained).then(() => instance.terminate());
    this.track(ended.then(() => void this.membersById.delete(instance.id)));
    for (const each of drained) this.track(each);
  }

  private slowDown(): void {
    this.noLaunchBefore = Date.now() + this.pauseMs;
    this.pauseMs = Math.min(MAX_PAUSE_MS, this.pauseMs * 2);
  }

  private inService(): Member[] {
    return [...this.membersById.values()].filter(({ state }) => state === "InService");
  }

  private oldestFirst(): Member[] {
    return this.inService().sort((a, b) => a.instance.launchedAt - b.instance.launchedAt);
  }

  private track(work: Promise<void>): void {
    const settled = work
      .catch((error: Error) => this.note("Ending an instance", error.message))
      .finally(() => this.ending.delete(settled));
    this.ending.add(settled);
  }

  private note(description: string, failure?: string): void {
    const activity = { at: Date.now(), description, failure };
    this.recentActivities.push(activity);
    if (this.recentActivities.length > MAX_ACTIVITIES) this.recentActivities.shift();
    this.onActivity(activity);
  }

  private stop(): void {
    this.closed = true;
    clearInterval(this.timer);
  }
}
