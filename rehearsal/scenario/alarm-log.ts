import type { Simulator } from "../../simulator";
import type { RecordedAlarm } from "../report/run-record";

/** State changes beyond this number of one alarm are not listed. */
const MAX_STATES = 200;

/** Collects the state changes of the alarms. */
export class AlarmLog {
  private readonly alarms = new Map<string, RecordedAlarm>();

  constructor({ events }: Pick<Simulator, "events">) {
    events.on("alarm", ({ name, state, since, reason }) => {
      const alarm: RecordedAlarm = this.alarms.get(name) ?? { name, states: [] };
      this.alarms.set(name, alarm);
      if (alarm.states.length >= MAX_STATES) return;
      alarm.states.push({ at: new Date(since).toISOString(), state, reason });
    });
  }

  /** The alarms that have changed their state, with their colors. */
  recorded(): RecordedAlarm[] {
    return [...this.alarms.values()].map(({ name, states }) => {
      const color = /-(blue|green)(?:-|$)/.exec(name)?.[1];
      return { name, ...(color === undefined ? {} : { color }), states: [...states] };
    });
  }
}
