import { describeAlarm, readAlarms, type WatchedAlarm } from "../../traffic/alarms";
import { CheckSeries, describeCheck } from "../../traffic/check-series";
import type { TrafficClients } from "../../traffic/clients";
import type { GateEvent } from "./event";
import type { GateMode } from "./mode";

/** Reads alarms and runs the team's checks, once the targets of a color are ready. */
export class Advisers {
  /** Alarms that are in ALARM or do not exist. */
  alarmProblems: readonly string[] = [];
  private readonly checks: CheckSeries;
  private alarmedSince: number | undefined;

  constructor(
    private readonly clients: TrafficClients,
    private readonly event: GateEvent,
    private readonly mode: GateMode,
    stack: string,
  ) {
    const { color, version } = event;
    const subject = { stage: "PRE_PRODUCTION_TRAFFIC_SHIFT", stack, color, version } as const;
    this.checks = new CheckSeries(clients, mode === "forward" ? event.checks : [], subject);
  }

  async readAlarms(): Promise<void> {
    try {
      const alarms = await readAlarms(this.clients.cloudWatch, this.event.alarms);
      this.alarmProblems = alarms.filter(isProblem).map((alarm) => describeAlarm(alarm));
    } catch (error) {
      const { name, message } = error as Error;
      this.alarmProblems = [`the alarms cannot be read: ${name}: ${message}`];
    }
  }

  /** Reads the alarms and, if none is in ALARM, runs the checks. True if all allow the traffic shift. */
  async agree(deadline: number): Promise<boolean> {
    await this.readAlarms();
    if (this.mode === "rollback") return true;
    if (this.alarmProblems.length > 0) {
      this.alarmedSince ??= Date.now();
      return false;
    }
    this.alarmedSince = undefined;
    await this.checks.run(deadline - Date.now());
    return this.checks.passed;
  }

  /** True if waiting longer is useless: an alarm stays in ALARM, or a check has failed too often. */
  get haveDecided(): boolean {
    const { alarmedSince } = this;
    const graceMs = this.event.alarmGraceSeconds * 1000;
    if (alarmedSince !== undefined && Date.now() - alarmedSince >= graceMs) return true;
    return this.checks.failed.length > 0;
  }

  get passedChecks(): string[] {
    return this.checks.names;
  }

  /** The reasons against the traffic shift, each with a remedy. */
  get problems(): string[] {
    const alarms = this.alarmProblems.map(
      (problem) => `${problem}: find the cause in the color's metrics and logs`,
    );
    return [
      ...alarms,
      ...this.checks.open.map((check) => `${describeCheck(check)}: correct the version or the check`),
    ];
  }
}

function isProblem({ state }: WatchedAlarm): boolean {
  return state === "ALARM" || state === "MISSING";
}
