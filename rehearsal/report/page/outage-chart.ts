import type { RecordedStrategy } from "../run-record";
import { formatDuration } from "../sections/format";
import { type Html, html } from "./html";
import { linearScale, roundTicks } from "./scale";

const WIDTH = 960;
const LEFT = 20;
const RIGHT = 880;
const ROW = 46;

/** One bar for each strategy, as long as its outage. */
export function outageChart(strategies: readonly RecordedStrategy[]): Html {
  const longest = Math.max(1, ...strategies.map(({ outageSeconds }) => outageSeconds));
  const x = linearScale([0, longest], [LEFT, RIGHT], roundTicks(longest, 6));
  const height = strategies.length * ROW;
  const bars = strategies.map(({ title, outageSeconds }, index) => {
    const middle = index * ROW + 30;
    return html`<text class="lane" x="${LEFT}" y="${middle - 14}">${title}</text>
<rect class="failed" x="${LEFT}" y="${middle - 9}" width="${Math.max(0, x(outageSeconds) - LEFT)}" height="18"/>
<text class="tick strong" x="${x(outageSeconds) + 8}" y="${middle + 4}">${formatDuration(outageSeconds)}</text>`;
  });
  const grid = x.ticks.map(
    (tick) => html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="0" y2="${height}"/>
<text class="tick" text-anchor="middle" x="${x(tick)}" y="${height + 14}">${formatDuration(tick)}</text>`,
  );
  const description = strategies
    .map(({ title, outageSeconds }) => `${title}: ${formatDuration(outageSeconds)}`)
    .join("; ");
  return html`<figure><div class="chart" role="group" aria-label="Outage by strategy, as bars" tabindex="0"><svg viewBox="0 0 ${WIDTH} ${height + 20}" role="img" aria-labelledby="outage-title outage-description">
<title id="outage-title">Outage by strategy</title>
<desc id="outage-description">${description}</desc>
${grid}<line class="axis" x1="${LEFT}" x2="${LEFT}" y1="0" y2="${height}"/>${bars}</svg></div></figure>`;
}
