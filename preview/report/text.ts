import type { FilePlace } from "../checkout/file-place";
import type { Finding } from "../findings/registry";
import { enumerate } from "../wording";
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
import type { PreviewReport, StackReport } from "./report";
import type { ResourceView } from "./resource-view";
import { groupStacks, type StackGroup } from "./stack-groups";

const SEVERITY_MARKS = { danger: "!!", warning: " !", info: " ·", none: " ✓" } as const;

/** Maximum number of lines for a new resource. JSON and Markdown reports have higher limits. */
const MAX_NEW_LINES = 60;
/** Width of a rejection's lines. */
const WIDTH = 100;

export function toText(report: PreviewReport): string {
  const { project, stacks, findings } = report;
  const [only] = stacks;
  const isOne = stacks.length === 1 && only !== undefined;
  const title = `Preview of ${isOne ? `${project}/${only.stack}` : project}, ${revisionsLine(report)}`;
  const files =
    findings.length > 0 ? ["In the files of the change:", ...findingLines(findings, report), ""] : [];
  if (isOne) {
    const rejected = revisionParagraphs(only);
    const isCompared = rejected.length === 0;
    return join([
      ...(isCompared ? [title, ""] : [...rejected.flatMap(paragraphLines), title, ""]),
      ...files,
      ...stackLines(only, report),
    ]);
  }
  return join([title, "", ...files, ...groupStacks(stacks).flatMap((group) => groupLines(group, report))]);
}

function groupLines({ stacks, report }: StackGroup, whole: PreviewReport): string[] {
  const names =
    stacks.length > 1
      ? `Stacks ${enumerate(stacks)} (with the names of ${report.stack})`
      : `Stack ${report.stack}`;
  return [
    `${names}:`,
    "",
    ...revisionParagraphs(report).flatMap(paragraphLines),
    ...stackLines(report, whole),
    "",
  ];
}

function stackLines(report: StackReport, whole: PreviewReport): string[] {
  const { findings, resources, outputs, messages, notes, outcome } = report;
  const indent = (lines: readonly string[]) => lines.map((line) => `    ${line}`);
  const isCompared = revisionParagraphs(report).length === 0;
  const compared = isCompared
    ? [
        "",
        `${countLine(report)}.`,
        ...resources.flatMap((resource) => [resourceLine(resource), ...indent(cutLines(resource))]),
        "",
        ...(outputs.length > 0 ? ["Outputs:", ...indent(changeLines(outputs)), ""] : []),
      ]
    : findings.length > 0
      ? [""]
      : [];
  return [
    ...(outcome === "same" ? [`${noChanges(report)}.`, ""] : []),
    ...findingLines(findings, whole),
    ...compared,
    ...messages.map(({ severity, message }) => `${severity}: ${message}`),
    ...notes.map((note) => `Note: ${note}`),
  ];
}

/** Findings that found nothing have no tick beside a danger, because it could be read as an approval. */
function findingLines(findings: readonly Finding[], { runbook }: PreviewReport): string[] {
  const hasDanger = findings.some(({ severity }) => severity === "danger");
  return findings.flatMap(({ severity, code, summary, details, place, remediation, procedure }) => [
    `${hasDanger && severity === "none" ? "  " : SEVERITY_MARKS[severity]} ${place ? `${placeText(place)}: ` : ""}${summary}${severity === "danger" || severity === "warning" ? ` [${code}]` : ""}`,
    ...details.map((detail) => `     ${detail}`),
    ...(remediation === undefined
      ? []
      : ["     Safe way:", ...remediation.split("\n").map((line) => `       ${line}`)]),
    ...(procedure === undefined || runbook === undefined
      ? []
      : [`     Procedure: ${runbook}, "${procedure}"`]),
  ]);
}

function placeText({ file, line }: FilePlace): string {
  return line === undefined ? file : `${file}:${line}`;
}

function paragraphLines({ title, error }: RevisionParagraph): string[] {
  if (error === undefined) return [`${title}.`, ""];
  if (error.issues.length === 0) {
    return [`${title}.`, "", error.message, ...error.frames.map((frame) => `  at ${frame}`), ""];
  }
  const items = error.issues.flatMap(({ text, remedy }) => [
    ...wrap(text, "- "),
    ...(remedy === undefined ? [] : wrap(remedy, "  ")),
  ]);
  return [`${title}.`, "", ...items, ""];
}

/** Wraps at spaces. Later lines are indented like the text of the first one. */
function wrap(text: string, prefix: string): string[] {
  const margin = " ".repeat(prefix.length);
  return text.split("\n").flatMap((paragraph, index) => {
    const lines: string[] = [];
    let line = index === 0 ? prefix : margin;
    let isEmpty = true;
    for (const word of paragraph.trim().split(" ")) {
      if (!isEmpty && line.length + 1 + word.length > WIDTH) {
        lines.push(line);
        line = margin;
        isEmpty = true;
      }
      line += isEmpty ? word : ` ${word}`;
      isEmpty = false;
    }
    return [...lines, line];
  });
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
  return `${escapeControls(
    lines
      .join("\n")
      .replace(/\n{3,}/g, "\n\n")
      .trimEnd(),
  )}\n`;
}
