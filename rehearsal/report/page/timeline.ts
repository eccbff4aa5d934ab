import { formatClock, formatCount, formatMs } from "../sections/format";
import { type Html, html } from "./html";
import { brokenLine, stepArea } from "./paths";
import { clockTicks, linearScale, logScale, roundTicks, type Scale } from "./scale";
import type { TimelineData } from "./timeline-data";

const WIDTH = 960;
const LEFT = 104;
const RIGHT = 948;
const GAP = 40;

/** One chart of the whole run: all lanes share the axis of time. */
export function timelineChart(data: TimelineData): Html {
  const x = linearScale([0, data.seconds], [LEFT, RIGHT], clockTicks(data.seconds, 12));
  const lanes = [
    stepLane(data, x),
    trafficLane(data, x),
    failureLane(data, x),
    latencyLane(data, x),
    ...(data.alarms.length > 0 ? [alarmLane(data, x)] : []),
    ...(data.instances.length > 0 ? [instanceLane(data, x)] : []),
  ];
  let y = 0;
  const placed = lanes.map((lane) => {
    const top = y + 24;
    y = top + lane.height + GAP - 24;
    return html`<g transform="translate(0 ${top})"><text class="lane" x="0" y="-10">${lane.title}</text>${lane.body}</g>`;
  });
  const grid = x.ticks.map(
    (tick) => html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="14" y2="${y - 12}"/>`,
  );
  const labels = x.ticks.map(
    (tick) =>
      html`<text class="tick" text-anchor="middle" x="${x(tick)}" y="${y + 4}">${formatClock(tick)}</text>`,
  );
  return html`<figure><div class="chart" role="group" aria-label="Timeline" tabindex="0"><svg viewBox="0 0 ${WIDTH} ${y + 12}" role="img" aria-labelledby="timeline-title timeline-description">
<title id="timeline-title">Timeline of the run</title>
<desc id="timeline-description">${description(data)}</desc>
${grid}${placed}${labels}</svg></div>
<figcaption>${legend(data)}</figcaption></figure>`;
}

interface Lane {
  readonly title: string;
  readonly height: number;
  readonly body: Html;
}

function stepLane({ steps }: TimelineData, x: Scale): Lane {
  const body = steps.map(({ label, from, to }) => {
    const [left, right] = [x(from), x(to)];
    return html`<rect class="step" x="${left}" y="0" width="${size(right - left)}" height="16"/><text class="step-label" text-anchor="middle" x="${size((left + right) / 2)}" y="12">${label}</text>`;
  });
  return { title: "Steps, by their numbers in the table", height: 16, body: html`${body}` };
}

function trafficLane({ traffic, bucketSeconds, seconds }: TimelineData, x: Scale): Lane {
  const height = 130;
  const length = traffic[0]?.perSecond.length ?? 0;
  const sums = Array.from({ length }, (_, index) =>
    traffic.reduce((sum, { perSecond }) => sum + (perSecond[index] ?? 0), 0),
  );
  const max = Math.max(1, ...sums);
  const y = linearScale([0, max], [height, 0], roundTicks(max, 4));
  const edges = edgesOf(length, bucketSeconds, seconds, x);
  let base = sums.map(() => 0);
  const areas = traffic.map(({ name, perSecond }, index) => {
    const top = base.map((low, bucket) => low + (perSecond[bucket] ?? 0));
    const path = stepArea(edges, base.map(y), top.map(y));
    base = top;
    return html`<path class="${trafficClass(name, index)}" d="${path}"/>`;
  });
  return {
    title: "Responses per second, by color and version",
    height,
    body: html`${horizontal(y, formatCount)}${areas}`,
  };
}

function failureLane({ failed, bucketSeconds, seconds }: TimelineData, x: Scale): Lane {
  const height = 36;
  const max = Math.max(...failed);
  if (max === 0) {
    const body = html`<line class="axis" x1="${LEFT}" x2="${RIGHT}" y1="${height}" y2="${height}"/><text class="none" x="${LEFT + 6}" y="${height - 8}">no request failed</text>`;
    return { title: "Failed requests per second", height, body };
  }
  const y = linearScale([0, max], [height, 0], roundTicks(max, 2));
  const edges = edgesOf(failed.length, bucketSeconds, seconds, x);
  // A single failed request in a long run must stay visible.
  const bars = failed.flatMap((value, index) => {
    if (value === 0) return [];
    const [left, right] = [edges[index] ?? 0, edges[index + 1] ?? 0];
    const barHeight = Math.max(3, height - y(value));
    return [
      html`<rect class="failed" x="${left}" y="${size(height - barHeight)}" width="${size(Math.max(2, right - left))}" height="${size(barHeight)}"/>`,
    ];
  });
  return { title: "Failed requests per second", height, body: html`${horizontal(y, formatCount)}${bars}` };
}

function latencyLane({ p50Ms, p99Ms, maxMs, bucketSeconds, seconds }: TimelineData, x: Scale): Lane {
  const height = 110;
  const y = logScale([1, Math.max(10, ...maxMs)], [height, 0]);
  const edges = edgesOf(maxMs.length, bucketSeconds, seconds, x);
  const lines = [
    ["maximum", maxMs],
    ["p99", p99Ms],
    ["p50", p50Ms],
  ] as const;
  const paths = lines.map(
    ([name, values]) => html`<path class="latency ${name}" d="${brokenLine(edges, values, y)}"/>`,
  );
  return {
    title: "Latency: median (bold), 99th percentile (dashed), maximum (dotted)",
    height,
    body: html`${horizontal(y, formatMs)}${paths}`,
  };
}

function alarmLane({ alarms }: TimelineData, x: Scale): Lane {
  const names = [...new Set(alarms.map(({ label }) => label))];
  const body = names.map((name, row) => {
    const spans = alarms.filter(({ label }) => label === name);
    const rects = spans.map(
      ({ from, to }) =>
        html`<rect class="failed" x="${x(from)}" y="${row * 18}" width="${size(Math.max(2, x(to) - x(from)))}" height="12"/>`,
    );
    const first = Math.min(...spans.map(({ from }) => x(from)));
    const [anchor, position] =
      first > WIDTH / 2 ? ["end", first - 6] : ["start", Math.max(...spans.map(({ to }) => x(to))) + 6];
    return html`${rects}<text class="tick" text-anchor="${anchor}" x="${size(position)}" y="${row * 18 + 10}">${name}</text>`;
  });
  return { title: "Alarms in ALARM", height: names.length * 18, body: html`${body}` };
}

function instanceLane({ instances, seconds }: TimelineData, x: Scale): Lane {
  const rowHeight = 30;
  const max = Math.max(1, ...instances.flatMap(({ changes }) => changes.map(({ count }) => count)));
  const body = instances.map(({ name, changes }, row) => {
    const y = linearScale([0, max], [(row + 1) * rowHeight - 8, row * rowHeight], []);
    let path = `M${LEFT} ${y(0)}`;
    for (const { at, count } of changes) path += `H${x(at)}V${y(count)}`;
    path += `H${x(seconds)}V${y(0)}Z`;
    return html`<text class="tick" text-anchor="end" x="${LEFT - 8}" y="${row * rowHeight + 16}">${name}</text><path class="${colorClass(name)}" d="${path}"/>`;
  });
  return {
    title: `Healthy instances, at most ${max}`,
    height: instances.length * rowHeight,
    body: html`${body}`,
  };
}

function horizontal(y: Scale, format: (value: number) => string): Html[] {
  return y.ticks.map(
    (tick) =>
      html`<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${y(tick)}" y2="${y(tick)}"/><text class="tick" text-anchor="end" x="${LEFT - 8}" y="${y(tick) + 4}">${format(tick)}</text>`,
  );
}

function legend({ traffic }: TimelineData): Html {
  return html`<ul class="legend">${traffic.map(
    ({ name }, index) =>
      html`<li><svg aria-hidden="true" width="14" height="14"><rect class="${trafficClass(name, index)}" width="14" height="14"/></svg> ${name}</li>`,
  )}</ul>`;
}

function description(data: TimelineData): string {
  const failed = data.failed.reduce((sum, value) => sum + value * data.bucketSeconds, 0);
  const versions = data.traffic.map(({ name }) => name).join(", ");
  return `${formatClock(data.seconds)} of load. Responses came from ${versions}. ${formatCount(Math.round(failed))} requests failed. The tables contain the figures.`;
}

function trafficClass(name: string, index: number): string {
  return `${colorClass(name)} shade-${Math.floor(index / 2) % 2}`;
}

function colorClass(name: string): string {
  if (/\bblue\b/.test(name)) return "blue";
  return /\bgreen\b/.test(name) ? "green" : "other";
}

function edgesOf(count: number, bucketSeconds: number, seconds: number, x: Scale): number[] {
  return Array.from({ length: count + 1 }, (_, index) => x(Math.min(seconds, index * bucketSeconds)));
}

function size(value: number): number {
  return Math.round(value * 10) / 10;
}
