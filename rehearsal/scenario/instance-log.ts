import type { Simulator } from "../../simulator";
import type { RecordedInstance } from "../report/run-record";

const POLL_MS = 250;
/** Instances beyond this number are not listed, so that a crash loop does not fill the record. */
const MAX_INSTANCES = 500;

type Observed = { -readonly [Key in keyof RecordedInstance]: RecordedInstance[Key] };

/** Observes when instances start, become healthy and are terminated, to a quarter of a second. */
export class InstanceLog {
  private readonly observed = new Map<string, Observed>();
  private readonly reasons = new Map<string, string>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly simulator: Pick<Simulator, "instances" | "events">) {
    simulator.events.on("scaling", ({ description }) => {
      const [, id, reason] = /^Terminating EC2 instance: (\S+) \((.+)\)$/.exec(description) ?? [];
      if (id !== undefined && reason !== undefined) this.reasons.set(id, reason);
    });
    this.timer = setInterval(() => this.poll(), POLL_MS);
    this.timer.unref();
  }

  /** The instances so far, oldest first. */
  recorded(): RecordedInstance[] {
    this.poll();
    return [...this.observed.values()].map((each) => ({ ...each }));
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private poll(): void {
    const now = new Date().toISOString();
    const present = new Set<string>();
    for (const { id, tags, healthy, lifecycle, launchedAt } of this.simulator.instances()) {
      present.add(id);
      const known = this.observed.get(id) ?? this.begin(id, tags, launchedAt);
      if (known === undefined) continue;
      if (healthy) known.healthyAt ??= now;
      if (lifecycle === "Terminating") this.end(known, now);
    }
    for (const each of this.observed.values()) if (!present.has(each.id)) this.end(each, now);
  }

  private begin(
    id: string,
    tags: Readonly<Record<string, string>>,
    launchedAt: number,
  ): Observed | undefined {
    const { "changeover:tier": tier, "changeover:color": color, "changeover:version": version } = tags;
    if (tier === undefined || color === undefined || this.observed.size >= MAX_INSTANCES) return undefined;
    const instance: Observed = { id, tier, color, launchedAt: new Date(launchedAt).toISOString() };
    if (version !== undefined) instance.version = version;
    this.observed.set(id, instance);
    return instance;
  }

  private end(instance: Observed, now: string): void {
    instance.terminatingAt ??= now;
    const reason = this.reasons.get(instance.id);
    if (reason !== undefined) instance.terminationReason = reason;
  }
}
