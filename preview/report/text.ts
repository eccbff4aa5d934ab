import {
  changeLines,
  countLine,
  escapeControls,
  noChanges,
  type RevisionParagraph,
  resourceLine,
  resourceLines,
  revisionParagraphs,
  revisionsLine,
} from "./lines";
import type { Report } from "./report";
import type { ResourceView } from "./resource-view";

const SEVERITY_MARKS = { danger: "!!", warning: " !", info: " ·", none: " ✓" } as const;

/** Maximum number of lines for a new resource. JSON and Markdown reports have higher limits. */
const MAX_NEW_LINES = 60;

export function toText(report: Report): string {
  const { project, stack, findings, resources, outputs, messages, notes, outcome } = report;
  const title = `Preview of ${project}/${stack}, ${revisionsLine(report)}`;
  const closing = [
    ...messages.map(({ severity, message }) => `${severity}: ${message}`),
    ...notes.map((note) => `Note: ${note}`),
  ];
  const paragraphs = revisionParagraphs(report);
  if (paragraphs.length > 0) return join([...paragraphs.flatMap(paragraphLines), title, "", ...closing]);
  const indent = (lines: readonly string[]) => lines.map((line) => `    ${line}`);
  return join([
    title,
    "",
    ...(outcome === "same" ? [`${noChanges(report)}.`, ""] : []),
    ...findings.flatMap(({ severity, summary, details }) => [
      `${SEVERITY_MARKS[severity]} ${summary}`,
      ...details.map((detail) => `     ${detail}`),
    ]),
    "",
    `${countLine(report)}.`,
    ...resources.flatMap((resource) => [resourceLine(resource), ...indent(cutLines(resource))]),
    "",
    ...(outputs.length > 0 ? ["Outputs:", ...indent(changeLines(outputs)), ""] : []),
    ...closing,
  ]);
}

function paragraphLines({ title, error }: RevisionParagraph): string[] {
  const cause =
    error === undefined ? [] : [error.message, ...error.frames.map((frame) => `  at ${frame}`), ""];
  return [`${title}.`, "", ...cause];
}

function cutLines(resource: ResourceView): string[] {
  const lines = resourceLines(resource);
  if (resource.op !== "create" || lines.length <= MAX_NEW_LINES) return lines;
  return [
    ...lines.slice(0, MAX_NEW_LINES),
    `… ${lines.length - MAX_NEW_LINES} more lines; see --format json`,
  ];
}

function join(lines: readonly string[]): string {
  return `${escapeControls(lines.join("\n").trimEnd())}\n`;
}
