import type { Simulator } from "../../../simulator";
import type { AlarmReport } from "../../../simulator/monitoring/alarms";
import type { RecordedFault } from "../../report/run-record";

/** Parts of the system and people that can notice a fault. */
export type Noticer =
  | "users"
  | "health check"
  | "Auto Scaling"
  | "alarm"
  | "health gate"
  | "watch"
  | "migration"
  | "update";

const POLL_MS = 100;

const NOTICER_OF_EVENT: Readonly<Record<string, Noticer>> = {
  "Gate Failed": "health gate",
  "Shift Rolled Back": "watch",
};

/** Records who notices a fault, from the events and the health checks of the simulator. */
export class Notices {
  private readonly first = new Map<Noticer, number>();
  private readonly timer: NodeJS.Timeout;
  private readonly eventsBefore: number;
  /** Descriptions of the instances that Auto Scaling terminated. */
  readonly terminations: string[] = [];

  constructor(
    private readonly simulator: Simulator,
    private readonly targetGroups: () => readonly string[],
    private readonly startedAt = Date.now(),
  ) {
    this.eventsBefore = simulator.messages().events.length;
    simulator.events.on("scaling", this.onScaling);
    simulator.events.on("alarm", this.onAlarm);
    this.timer = setInterval(() => this.poll(), POLL_MS);
  }

  note(by: Noticer, at = Date.now()): void {
    if (at < this.startedAt) return;
    this.first.set(by, Math.min(at, this.first.get(by) ?? at));
  }

  /** The noticers in the order in which they noticed the fault. */
  get all(): RecordedFault["noticed"] {
    return [...this.first]
      .sort(([, left], [, right]) => left - right)
      .map(([by, at]) => ({ by, afterSeconds: Math.round((at - this.startedAt) / 100) / 10 }));
  }

  stop(): void {
    this.poll();
    clearInterval(this.timer);
    this.simulator.events.off("scaling", this.onScaling);
    this.simulator.events.off("alarm", this.onAlarm);
  }

  private readonly onScaling = ({ description }: { readonly description: string }) => {
    if (!/^Terminating .*(status|health) check/.test(description)) return;
    this.terminations.push(description);
    // The instance may be deregistered before the next poll finds it unhealthy.
    if (description.includes("ELB system health check failed")) this.note("health check");
    this.note("Auto Scaling");
  };

  private readonly onAlarm = ({ state }: AlarmReport) => {
    if (state === "ALARM") this.note("alarm");
  };

  private poll(): void {
    const { events } = this.simulator.messages();
    for (const { detailType, at } of events.slice(this.eventsBefore)) {
      const by = NOTICER_OF_EVENT[detailType];
      if (by !== undefined) this.note(by, at);
    }
    const health = this.targetGroups().flatMap((arn) => this.simulator.targetHealth(arn));
    if (health.some(({ state }) => state === "unhealthy")) this.note("health check");
  }
}
