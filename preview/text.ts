import type { Report } from "./report";
import { changeLines, countLine, errorTitle, resourceLine, revisionsLine } from "./show";

const MARKS = { danger: "!!", attention: " !", info: " ·", good: " ✓" } as const;

/** The report for a terminal. */
export function toText(report: Report): string {
  const { project, stack, answers, resources, outputs, error, messages, notes, outcome } = report;
  const title = `Preview of ${project}/${stack}, ${revisionsLine(report)}`;
  if (error !== undefined) {
    const frames = error.frames.map((frame) => `  at ${frame}`);
    return [`${errorTitle(report)}.`, "", error.message, ...frames, "", title, ""].join("\n");
  }
  const said = answers.flatMap(({ level, text, details }) => [
    `${MARKS[level]} ${text}`,
    ...details.map((detail) => `     ${detail}`),
  ]);
  const changed = resources.flatMap((resource) => [
    resourceLine(resource),
    // Of what is created, every input is new; Markdown and JSON have them.
    ...(resource.op === "create" ? [] : changeLines(resource.changes).map((line) => `    ${line}`)),
  ]);
  const ends = [
    ...(outputs.length > 0 ? ["Outputs:", ...changeLines(outputs).map((line) => `    ${line}`), ""] : []),
    ...messages.map(({ severity, message }) => `${severity}: ${message}`),
    ...notes.map((note) => `Note: ${note}`),
  ];
  const lines = [
    title,
    "",
    ...(outcome === "same" ? ["Nothing changes.", ""] : []),
    ...said,
    "",
    `${countLine(report)}.`,
    ...changed,
    "",
    ...ends,
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}
