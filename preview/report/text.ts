import {
  changeLines,
  countLine,
  nothingChanges,
  resourceLine,
  resourceLines,
  revisionsLine,
  type Verdict,
  verdicts,
  visible,
} from "./lines";
import type { Report, ResourceView } from "./report";

const MARKS = { danger: "!!", attention: " !", info: " ·", good: " ✓" } as const;

/** Lines of one new resource before the rest is folded: JSON and Markdown have more. */
const NEW_LINES = 60;

/** The report for a terminal. */
export function toText(report: Report): string {
  const { project, stack, answers, resources, outputs, messages, notes, outcome } = report;
  const title = `Preview of ${project}/${stack}, ${revisionsLine(report)}`;
  const ends = [
    ...messages.map(({ severity, message }) => `${severity}: ${message}`),
    ...notes.map((note) => `Note: ${note}`),
  ];
  const first = verdicts(report);
  if (first.length > 0) return finished([...first.flatMap(verdictLines), title, "", ...ends]);
  const said = answers.flatMap(({ level, text, details }) => [
    `${MARKS[level]} ${text}`,
    ...details.map((detail) => `     ${detail}`),
  ]);
  const indented = (lines: readonly string[]) => lines.map((line) => `    ${line}`);
  return finished([
    title,
    "",
    ...(outcome === "same" ? [`${nothingChanges(report)}.`, ""] : []),
    ...said,
    "",
    `${countLine(report)}.`,
    ...resources.flatMap((resource) => [resourceLine(resource), ...indented(bounded(resource))]),
    "",
    ...(outputs.length > 0 ? ["Outputs:", ...indented(changeLines(outputs)), ""] : []),
    ...ends,
  ]);
}

function verdictLines({ title, error }: Verdict): string[] {
  const why = error === undefined ? [] : [error.message, ...error.frames.map((frame) => `  at ${frame}`), ""];
  return [`${title}.`, "", ...why];
}

function bounded(resource: ResourceView): string[] {
  const lines = resourceLines(resource);
  if (resource.op !== "create" || lines.length <= NEW_LINES) return lines;
  return [...lines.slice(0, NEW_LINES), `… ${lines.length - NEW_LINES} more lines; --format json has them`];
}

function finished(lines: readonly string[]): string {
  return `${visible(lines.join("\n").trimEnd())}\n`;
}
