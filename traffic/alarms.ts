import { type CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";

export interface WatchedAlarm {
  readonly name: string;
  /** `MISSING` if no alarm has the name. */
  readonly state: "OK" | "ALARM" | "INSUFFICIENT_DATA" | "MISSING";
  readonly reason?: string;
  readonly since?: Date;
}

/** CloudWatch accepts at most 100 names in one call. */
const NAMES_PER_CALL = 100;

/** Reads the states of metric alarms and composite alarms, in the order of the names. */
export async function readAlarms(
  client: CloudWatchClient,
  names: readonly string[],
): Promise<WatchedAlarm[]> {
  const states = new Map<string, WatchedAlarm>();
  for (let start = 0; start < names.length; start += NAMES_PER_CALL) {
    const { MetricAlarms = [], CompositeAlarms = [] } = await client.send(
      new DescribeAlarmsCommand({
        AlarmNames: names.slice(start, start + NAMES_PER_CALL),
        // Without the types, CloudWatch leaves out composite alarms.
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
        MaxRecords: NAMES_PER_CALL,
      }),
    );
    for (const alarm of [...MetricAlarms, ...CompositeAlarms]) {
      const name = alarm.AlarmName ?? "";
      states.set(name, {
        name,
        state: alarm.StateValue ?? "INSUFFICIENT_DATA",
        reason: alarm.StateReason,
        since: alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp,
      });
    }
  }
  return [...new Set(names)].map((name) => states.get(name) ?? { name, state: "MISSING" });
}

export function describeAlarm({ name, state, reason, since }: WatchedAlarm): string {
  if (state === "MISSING") return `the alarm ${name} does not exist`;
  const time = since === undefined ? "" : ` since ${since.toISOString()}`;
  return `the alarm ${name} is in ${state}${time}${reason ? ` (${reason})` : ""}`;
}
