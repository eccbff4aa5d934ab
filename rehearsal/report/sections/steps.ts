import type { RecordedMigration, RecordedStep, RunRecord, TrafficShare } from "../run-record";
import { formatClock, formatCount, formatDuration, secondsBetween } from "./format";
import type { ReportCell, ReportSection, ReportTable } from "./section";

/** The steps in their order, and the migrations that they ran. */
export function stepsSection(record: RunRecord): ReportSection | undefined {
  const { steps } = record;
  if (steps.length === 0) return undefined;
  const origin = record.load?.startedAt ?? record.startedAt;
  return { id: "timeline", title: "Timeline", tables: [stepTable(steps, origin), ...migrationTables(steps)] };
}

function stepTable(steps: readonly RecordedStep[], origin: string): ReportTable {
  return {
    caption: "Steps",
    columns: [
      { title: "No.", figure: true },
      { title: "At", figure: true },
      { title: "Step" },
      { title: "Duration", figure: true },
      { title: "Resources changed", figure: true },
      { title: "Traffic after the step" },
      { title: "Gate check" },
      { title: "Rollback" },
    ],
    rows: steps.map((step, index) => [
      String(index + 1),
      clockOf(origin, step.startedAt),
      step.error === undefined ? step.title : { text: `${step.title}: ${step.error}`, mark: "bad" },
      formatDuration(secondsBetween(step.startedAt, step.endedAt)),
      changedResources(step),
      trafficText(step.trafficAfter),
      gateText(step),
      rollbackText(step),
    ]),
  };
}

function migrationTables(steps: readonly RecordedStep[]): ReportTable[] {
  const rows = steps.flatMap(({ title, migrations = [] }) =>
    migrations.map((migration) => [
      migration.script,
      title,
      formatDuration(migration.seconds),
      migration.rows === undefined ? "no backfill" : formatCount(migration.rows),
      lockText(migration),
      migration.longestWaitMs === undefined ? "not measured" : formatDuration(migration.longestWaitMs / 1000),
    ]),
  );
  if (rows.length === 0) return [];
  return [
    {
      caption: "Migrations",
      columns: [
        { title: "Script" },
        { title: "Step" },
        { title: "Duration", figure: true },
        { title: "Rows filled", figure: true },
        { title: "Locks" },
        { title: "Longest wait of a client", figure: true },
      ],
      rows,
    },
  ];
}

/** Steps before the load have a negative time. */
function clockOf(origin: string, time: string): string {
  const seconds = secondsBetween(origin, time);
  return seconds < 0 ? `−${formatClock(-seconds)}` : formatClock(seconds);
}

function changedResources({ changes }: RecordedStep): string {
  if (changes === undefined) return "";
  return formatCount(changes.create + changes.update + changes.replace + changes.delete);
}

export function trafficText(shares: readonly TrafficShare[] = []): string {
  return shares.map(({ color, version, percent }) => `${color} ${version} ${percent} %`).join(", ");
}

function gateText({ gate = [] }: RecordedStep): ReportCell {
  if (gate.length === 0) return "";
  const text = gate
    .map(({ color, version, passed, tiers }) => {
      const counts = tiers.map(({ tier, healthy, needed }) => `${tier} ${healthy}/${needed}`).join(", ");
      return `${color} ${version} ${passed ? "passed" : "failed"}${counts && ` (${counts})`}`;
    })
    .join("; ");
  return { text, mark: gate.every(({ passed }) => passed) ? "good" : "bad" };
}

function rollbackText({ rollback }: RecordedStep): string {
  if (rollback === undefined) return "";
  const { open, to, reason } = rollback;
  const state = open ? `open${to ? ` to ${to.color} ${to.version}` : ""}` : "closed";
  return reason === undefined ? state : `${state}: ${reason}`;
}

function lockText({ locks = [] }: RecordedMigration): string {
  return locks.map(({ table, mode }) => `${table} ${mode}`).join(", ");
}
