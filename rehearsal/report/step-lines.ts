import { formatSeconds } from "./format-seconds";
import type { RecordedMigration, RecordedStep, TrafficShare } from "./run-record";

/** Describes a step in plain lines: its duration, the scripts that ran, the traffic, and if a rollback is possible. */
export function stepLines(step: RecordedStep): string[] {
  const { migrations = [], gate = [], bakeSeconds, trafficBefore, trafficAfter, rollback } = step;
  const lines = migrations.map((each) => `database  ${migrationText(each)}`);
  for (const { color, version, passed, seconds, tiers } of gate) {
    const counts = tiers.map(({ tier, healthy, needed }) => `${tier} ${healthy}/${needed}`);
    const detail = [...counts, formatSeconds(seconds * 1000)].join(", ");
    lines.push(`gate      ${color} ${version} ${passed ? "passed" : "failed"} (${detail})`);
  }
  if (bakeSeconds !== undefined) {
    lines.push(`watch     ${formatSeconds(bakeSeconds * 1000)} of bake, no rollback`);
  }
  if (trafficAfter !== undefined) lines.push(`traffic   ${shifted(trafficBefore, trafficAfter)}`);
  if (rollback?.open) lines.push(`rollback  open${rollback.to ? `, to ${named(rollback.to)}` : ""}`);
  else if (rollback !== undefined)
    lines.push(`rollback  closed${rollback.reason ? `: ${rollback.reason}` : ""}`);
  return lines;
}

/** For example `done in 5.6 s, 14 resources changed`. */
export function stepEnd({ startedAt, endedAt, changes, error }: RecordedStep): string {
  const took = formatSeconds(Date.parse(endedAt) - Date.parse(startedAt));
  if (error !== undefined) return `failed after ${took}`;
  if (changes === undefined) return `done in ${took}`;
  const changed = changes.create + changes.update + changes.replace + changes.delete;
  return `done in ${took}, ${changed} resource${changed === 1 ? "" : "s"} changed`;
}

function migrationText({ script, seconds, rows, longestWaitMs = 0 }: RecordedMigration): string {
  const backfilled = rows === undefined ? "" : `, ${rows} row${rows === 1 ? "" : "s"} backfilled`;
  const waited = longestWaitMs === 0 ? "" : `, a client waited ${Math.round(longestWaitMs)} ms`;
  return `${script} in ${seconds.toFixed(2)} s${backfilled}${waited}`;
}

function shifted(before: readonly TrafficShare[] | undefined, after: readonly TrafficShare[]): string {
  const [from, to] = [before && sharesText(before), sharesText(after)];
  return from === undefined || from === to ? to : `${from} -> ${to}`;
}

function sharesText(shares: readonly TrafficShare[]): string {
  return shares
    .map((share) => (share.percent === 100 ? named(share) : `${named(share)} ${share.percent} %`))
    .join(", ");
}

function named({ color, version }: { readonly color: string; readonly version: string }): string {
  return `${color} ${version}`;
}
