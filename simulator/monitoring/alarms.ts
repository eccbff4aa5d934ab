import { type Expression, evaluate, type MetricValue, type Scope } from "./expression";
import type { MetricQuery, Metrics } from "./metrics";

/** State as in CloudWatch. */
export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

export const comparisons: Record<string, (value: number, threshold: number) => boolean> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

export interface MetricAlarmSettings {
  readonly kind: "metric";
  /** Metrics by the ids that the expression uses. */
  readonly metrics: Readonly<Record<string, MetricQuery>>;
  /** Metric math over the ids in `metrics`. */
  readonly expression: Expression;
  readonly periodMs: number;
  readonly periods: number;
  readonly breachingPeriods: number;
  readonly threshold: number;
  readonly comparison: string;
  readonly missingData: "missing" | "ignore" | "breaching" | "notBreaching";
}

export interface CompositeAlarmSettings {
  readonly kind: "composite";
  readonly rule: Expression;
}

export type AlarmSettings = MetricAlarmSettings | CompositeAlarmSettings;

export interface AlarmReport {
  readonly name: string;
  readonly kind: AlarmSettings["kind"];
  readonly state: AlarmState;
  readonly reason: string;
  /** Time of the last change of the state, in milliseconds since 1970. */
  readonly since: number;
  /** The data points that led to this state, newest last; empty for a composite alarm. */
  readonly points: readonly MetricValue[];
}

interface Alarm {
  settings: AlarmSettings;
  state: AlarmState;
  since: number;
  /** True for a state from SetAlarmState, which stays until it is cleared. */
  forced: boolean;
  points: readonly MetricValue[];
}

const EVALUATION_INTERVAL_MS = 500;

/**
 * Supported functions of metric math.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
const mathCall: Scope["call"] = (name, args, value) => {
  const [first, second, third] = args;
  if (name === "FILL" && first && second) return value(first) ?? value(second);
  if (name === "IF" && first && second) {
    const condition = value(first);
    if (condition === undefined) return undefined;
    return condition !== 0 ? value(second) : third && value(third);
  }
  const values = args.map(value).filter((each) => each !== undefined);
  if (name === "SUM") return values.reduce((sum, each) => sum + each, 0);
  if (name === "MAX" && values.length > 0) return Math.max(...values);
  if (name === "MIN" && values.length > 0) return Math.min(...values);
  return undefined;
};

export const MATH_FUNCTIONS = ["FILL", "IF", "SUM", "MAX", "MIN"];

/** Computes the state from the last data points; undefined leaves the state unchanged. */
export function stateOf(
  settings: MetricAlarmSettings,
  points: readonly MetricValue[],
): AlarmState | undefined {
  const breaches = comparisons[settings.comparison];
  const breaching = points.map((point) => {
    if (point !== undefined) return breaches?.(point, settings.threshold) ?? false;
    if (settings.missingData === "breaching") return true;
    return settings.missingData === "notBreaching" ? false : undefined;
  });
  const known = breaching.filter((each) => each !== undefined);
  if (known.length === 0) return settings.missingData === "ignore" ? undefined : "INSUFFICIENT_DATA";
  return known.filter(Boolean).length >= settings.breachingPeriods ? "ALARM" : "OK";
}

/** An alarm without data, whose state only {@link Alarms.force} sets. */
const OTHER_STACKS_ALARM: MetricAlarmSettings = {
  kind: "metric",
  metrics: {},
  expression: { kind: "name", value: "none" },
  periodMs: 60_000,
  periods: 1,
  breachingPeriods: 1,
  threshold: 0,
  comparison: "GreaterThanThreshold",
  missingData: "ignore",
};

function reasonOf({ settings, state, points, forced }: Alarm): string {
  if (forced) return "Set by SetAlarmState";
  if (settings.kind === "composite") return `The alarm rule is ${state === "ALARM" ? "true" : "false"}`;
  const values = points.map((point) => (point === undefined ? "missing" : String(point))).join(", ");
  return `The last data points [${values}] were compared with the threshold ${settings.threshold}`;
}

function reportOf(name: string, alarm: Alarm): AlarmReport {
  const { settings, state, since, points } = alarm;
  return { name, kind: settings.kind, state, since, points, reason: reasonOf(alarm) };
}

/** The alarms, evaluated from the load balancers' counters. */
export class Alarms {
  private readonly alarms = new Map<string, Alarm>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly metrics: Metrics,
    private readonly onChange: (alarm: AlarmReport) => void,
  ) {
    this.timer = setInterval(() => this.evaluate(Date.now()), EVALUATION_INTERVAL_MS);
    this.timer.unref();
  }

  put(name: string, settings: AlarmSettings): void {
    const alarm = this.alarms.get(name);
    if (alarm) alarm.settings = settings;
    else {
      const created = { state: "INSUFFICIENT_DATA", since: Date.now(), forced: false, points: [] } as const;
      this.alarms.set(name, { settings, ...created });
    }
  }

  /**
   * Forces the state of an alarm, or returns it to its metrics with `undefined`. A missing alarm is created, as if
   * another stack had declared it.
   */
  force(name: string, state: AlarmState | undefined): void {
    if (!this.alarms.has(name)) this.put(name, OTHER_STACKS_ALARM);
    const alarm = this.alarms.get(name);
    if (!alarm) return;
    alarm.forced = state !== undefined;
    if (state !== undefined) this.enter(name, alarm, state);
    this.evaluate(Date.now());
  }

  delete(name: string): void {
    this.alarms.delete(name);
  }

  report(): AlarmReport[] {
    return [...this.alarms].map(([name, alarm]) => reportOf(name, alarm));
  }

  evaluate(now: number): void {
    this.metrics.sample(now);
    for (const kind of ["metric", "composite"]) {
      for (const [name, alarm] of this.alarms)
        if (alarm.settings.kind === kind) this.evaluateAlarm(name, alarm, now);
    }
  }

  close(): void {
    clearInterval(this.timer);
  }

  private evaluateAlarm(name: string, alarm: Alarm, now: number): void {
    const { settings } = alarm;
    if (alarm.forced) return;
    if (settings.kind === "metric") alarm.points = this.points(settings, now);
    const state = settings.kind === "metric" ? stateOf(settings, alarm.points) : this.composite(settings);
    if (state !== undefined) this.enter(name, alarm, state);
  }

  private enter(name: string, alarm: Alarm, state: AlarmState): void {
    if (state === alarm.state) return;
    alarm.state = state;
    alarm.since = Date.now();
    this.onChange(reportOf(name, alarm));
  }

  private points(
    { metrics, expression, periodMs, periods }: MetricAlarmSettings,
    now: number,
  ): MetricValue[] {
    return Array.from({ length: periods }, (_, index) => {
      const to = now - (periods - 1 - index) * periodMs;
      const named = (id: string) => {
        const query = metrics[id];
        return query && this.metrics.point(query, to - periodMs, to);
      };
      return evaluate(expression, { name: named, call: mathCall });
    });
  }

  private composite({ rule }: CompositeAlarmSettings): AlarmState {
    const call: Scope["call"] = (wanted, [first]) => {
      const name = first?.kind === "text" || first?.kind === "name" ? first.value : "";
      return Number(this.alarms.get(name)?.state === wanted);
    };
    const constants: Record<string, number> = { TRUE: 1, FALSE: 0 };
    return evaluate(rule, { name: (name) => constants[name], call }) ? "ALARM" : "OK";
  }
}
