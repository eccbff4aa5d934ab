import type { RunRecord } from "../run-record";
import { secondsBetween } from "../sections/format";

type Load = NonNullable<RunRecord["load"]>;

/** A span of time on the timeline, in seconds since the start of the load. */
export interface Span {
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

/** Everything that the timeline shows. Times are in seconds since the start of the load. */
export interface TimelineData {
  readonly seconds: number;
  readonly steps: readonly Span[];
  /** Responses per second by color and version, such as `blue 1.0.0`, in order of appearance. */
  readonly traffic: readonly { readonly name: string; readonly perSecond: readonly number[] }[];
  readonly bucketSeconds: number;
  readonly failed: readonly number[];
  readonly p50Ms: readonly (number | null)[];
  readonly p99Ms: readonly (number | null)[];
  readonly maxMs: readonly number[];
  /** Times in ALARM, for each alarm that was in ALARM at all. */
  readonly alarms: readonly Span[];
  /** Healthy instances of a color of a tier, as changes. */
  readonly instances: readonly { readonly name: string; readonly changes: readonly Change[] }[];
}

export interface Change {
  readonly at: number;
  readonly count: number;
}

export function timelineData(record: RunRecord): TimelineData | undefined {
  const { load } = record;
  if (load === undefined || load.series.points.length === 0) return undefined;
  const { points, bucketSeconds } = load.series;
  const seconds = Math.max(load.durationSeconds, points.length * bucketSeconds);
  const clip = (time: string) => Math.min(seconds, Math.max(0, secondsBetween(load.startedAt, time)));
  const names = [...new Set(points.flatMap(({ byVersion }) => Object.keys(byVersion)))];
  const steps = record.steps.map((step, index) => ({
    label: String(index + 1),
    from: clip(step.startedAt),
    to: clip(step.endedAt),
  }));
  return {
    seconds,
    bucketSeconds,
    steps: steps.filter(({ from, to }) => to > from),
    traffic: names.map((name) => ({
      name,
      perSecond: points.map(({ byVersion }) => (byVersion[name] ?? 0) / bucketSeconds),
    })),
    failed: points.map(({ failed }) => failed / bucketSeconds),
    p50Ms: points.map(({ p50Ms }) => p50Ms),
    p99Ms: points.map(({ p99Ms }) => p99Ms),
    maxMs: points.map(({ maxMs }) => maxMs),
    alarms: alarmSpans(record, load, seconds),
    instances: instanceCounts(record, clip),
  };
}

function alarmSpans({ alarms = [] }: RunRecord, { startedAt }: Load, seconds: number): Span[] {
  return alarms.flatMap(({ name, states }) =>
    states.flatMap(({ at, state }, index) => {
      if (state !== "ALARM") return [];
      const next = states[index + 1];
      const from = Math.max(0, secondsBetween(startedAt, at));
      const to = next === undefined ? seconds : Math.min(seconds, secondsBetween(startedAt, next.at));
      return to > from ? [{ label: name, from, to }] : [];
    }),
  );
}

function instanceCounts({ instances = [] }: RunRecord, clip: (time: string) => number) {
  const groups = new Map<string, { at: number; difference: number }[]>();
  for (const { tier, color, healthyAt, terminatingAt } of instances) {
    if (healthyAt === undefined) continue;
    const changes = groups.get(`${tier} ${color}`) ?? [];
    changes.push({ at: clip(healthyAt), difference: 1 });
    if (terminatingAt !== undefined) changes.push({ at: clip(terminatingAt), difference: -1 });
    groups.set(`${tier} ${color}`, changes);
  }
  return [...groups]
    .sort(([a], [b]) => b.localeCompare(a))
    .map(([name, differences]) => {
      let count = 0;
      const changes = differences
        .sort((a, b) => a.at - b.at)
        .map(({ at, difference }) => {
          count += difference;
          return { at, count };
        });
      return { name, changes };
    });
}
