import { formatShares, TRAFFIC_COLORS, type TrafficColor, type TrafficShares } from "../colors";
import type { RecordedShift } from "../deployed-release";
import type { ColorStatus, StatusReport, TierStatus } from "./status-report";

const WIDTH = 80;
const LABEL_WIDTH = 12;
const COLOR_WIDTH = 20;

/** Formats a report in lines of at most 80 columns; only a command may be longer, because it must stay whole. */
export function statusText(report: StatusReport): string {
  const { stack, name, region, colors, traffic, alarms } = report;
  const row = (label: string, cell: (color: TrafficColor) => string, note = "") =>
    cut(
      `${label.padEnd(LABEL_WIDTH)}${TRAFFIC_COLORS.map((color) => cell(color).padEnd(COLOR_WIDTH)).join("")}${note}`,
    );
  const colorRow = (label: string, cell: (color: ColorStatus) => string) =>
    row(label, (color) => cell(colors[color]));
  const shares = (label: string, value: TrafficShares | null, note: string) =>
    row(label, (color) => (value === null ? "?" : `${value[color]} %`), note);
  const serial = traffic.record?.serial ?? traffic.serial;
  const inAlarm = alarms.filter(({ state }) => state === "ALARM" || state === "MISSING");
  return [
    cut(`Stack ${stack ?? name}, ${region}`),
    "",
    row("", (color) => color),
    colorRow("Version", ({ version }) => version ?? "-"),
    shares("Traffic", traffic.rule, serial === null ? "rule" : `rule, shift ${serial}`),
    shares("", traffic.recorded, "last update"),
    shares("", traffic.config, "config"),
    colorRow("State", ({ state }) => state),
    colorRow("web", ({ tiers }) => tierCell(tiers.web)),
    colorRow("app", ({ tiers }) => tierCell(tiers.app)),
    colorRow("Alarms", (color) => (color.alarms.length === 0 ? "-" : `${color.alarms.length} in ALARM`)),
    "",
    ...wrapped("Rollback", rollbackLine(report)),
    ...wrapped("Migrations", report.pendingMigrations.join(", ") || "none pending"),
    ...alarmLines(inAlarm, alarms.length),
    ...historyLines(report.history),
    ...report.problems.flatMap((problem) => wrapped("Problem", problem)),
    ...report.disagreements.flatMap(({ description, choices }) => [
      "",
      ...wrapped("Disagreement", description),
      ...choices.flatMap(({ meaning, commands }) => [
        cut(`  To ${meaning}:`),
        ...commands.map((command) => `    ${command}`),
      ]),
    ]),
    "",
  ].join("\n");
}

function tierCell({ healthy, registered, min, max }: TierStatus): string {
  if (healthy === null || registered === null) return "?";
  return registered === 0 ? "-" : `${healthy}/${registered} healthy (${min}-${max})`;
}

function rollbackLine({ rollback }: StatusReport): string {
  if (rollback === null) return "not known";
  return `${rollback.open ? "open" : "closed"}, ${rollback.reason}`;
}

function alarmLines(inAlarm: StatusReport["alarms"], count: number): string[] {
  if (inAlarm.length === 0) return wrapped("Alarms", `none of ${count} in ALARM`);
  return inAlarm.flatMap(({ name, state, since, reason }, index) =>
    wrapped(
      index === 0 ? "Alarms" : "",
      `${name} ${state}${since ? ` since ${since}` : ""}${reason ? `: ${reason}` : ""}`,
    ),
  );
}

function historyLines(history: readonly RecordedShift[]): string[] {
  if (history.length === 0) return wrapped("Shifts", "none recorded");
  return history.slice(0, 10).map(({ serial, kind, weights, started, finished, actor, reason }, index) => {
    const time = (started ?? finished ?? "").slice(0, 16).replace("T", " ").padEnd(16);
    const details = [kind === "shift" ? "" : kind, actor, reason].filter(Boolean).join(", ");
    const label = (index === 0 ? "Shifts" : "").padEnd(LABEL_WIDTH);
    return cut(`${label}${String(serial).padStart(3)}  ${time}  ${formatShares(weights)}  ${details}`);
  });
}

/** Wraps a text at spaces, with a label beside the first line. A word that is too long is cut. */
function wrapped(label: string, text: string): string[] {
  const indent = " ".repeat(LABEL_WIDTH);
  const lines: string[] = [];
  let line = label.length < LABEL_WIDTH ? label.padEnd(LABEL_WIDTH) : `${label} `;
  let isEmpty = true;
  for (const word of text.split(/\s+/)) {
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += `${isEmpty ? "" : " "}${word}`;
    isEmpty = false;
  }
  return [...lines, line].map(cut);
}

function cut(line: string): string {
  const trimmed = line.trimEnd();
  return trimmed.length <= WIDTH ? trimmed : `${trimmed.slice(0, WIDTH - 1)}…`;
}
