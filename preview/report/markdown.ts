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

/**
 * GitHub's limit for a comment, in characters.
 *
 * @see https://github.com/orgs/community/discussions/41331
 */
export const COMMENT_LIMIT = 65_536;
/** Space for texts that a workflow adds, such as a hidden mark and a link. */
const RESERVED_CHARACTERS = 1_536;
/** Limits each resource, so that a large one leaves space for the others. */
const MAX_RESOURCE_CHARACTERS = 12_000;
const NOTE_CHARACTERS = 400;
const MAX_DETAILS = 20;

const SEVERITY_MARKS = { danger: "🛑", warning: "⚠️", info: "ℹ️", none: "✅" } as const;

/** Formats the report as a GitHub comment: findings expanded, resources collapsed, truncated at the limit. */
export function toMarkdown(report: Report, limit = COMMENT_LIMIT - RESERVED_CHARACTERS): string {
  const head = [heading(report), ...revisionParagraphs(report).flatMap(paragraph), ...findingList(report)];
  const tail = closing(report);
  const available = limit - lengthOf(head) - lengthOf(tail) - NOTE_CHARACTERS;
  const blocks = resourceBlocks(report);
  const shown: string[] = [];
  let used = 0;
  for (const block of blocks) {
    if (used + block.length + 2 > available) break;
    shown.push(block);
    used += block.length + 2;
  }
  const cut = blocks.length - shown.length;
  const note =
    cut > 0
      ? `_${cut} of ${blocks.length - 1} changes are not shown: a comment is limited to ${COMMENT_LIMIT} characters. ` +
        "`npm run preview` shows all of them._"
      : "";
  const text = escapeControls([...head, ...shown, ...(note ? [note] : []), ...tail].join("\n\n"));
  // The text can still be too long if the program's message is very long.
  return text.length <= limit
    ? `${text}\n`
    : `${text.slice(0, limit - 60)}\n\n…\n\n_Truncated at GitHub's limit._\n`;
}

function heading(report: Report): string {
  const { project, stack, outcome, findings } = report;
  const danger = findings.find(({ severity }) => severity === "danger");
  const warning = findings.find(({ severity }) => severity === "warning");
  const summary = (danger ?? warning ?? findings[0])?.summary.replace(/\.$/, "");
  const headline = {
    same: noChanges(report),
    rejected: "rejected",
    failed: "failed",
    uncompared: "not compared, the base cannot be evaluated",
    changes: summary ?? "changes",
  }[outcome];
  const changes = danger ? "🛑" : "🔎";
  const icon = { same: "✅", rejected: "⛔", failed: "💥", uncompared: "⚠️", changes }[outcome];
  return `### ${icon} Preview of ${inlineCode(`${project}/${stack}`)}: ${escapeMarkdown(headline)}`;
}

function findingList({ findings }: Report): string[] {
  const lines = findings.flatMap(({ severity, summary, details }) => {
    const text = escapeMarkdown(summary);
    return [
      `- ${SEVERITY_MARKS[severity]} ${severity === "danger" ? `**${text}**` : text}`,
      ...details.slice(0, MAX_DETAILS).map((detail) => `  - ${escapeMarkdown(detail)}`),
      ...(details.length > MAX_DETAILS ? [`  - … and ${details.length - MAX_DETAILS} more`] : []),
    ];
  });
  return lines.length > 0 ? [lines.join("\n")] : [];
}

function paragraph({ title, error }: RevisionParagraph): string[] {
  const text = `${escapeMarkdown(title)}.`;
  if (error === undefined) return [text];
  const frames = error.frames.map((frame) => `  at ${frame}`);
  return [`**${text}**`, fencedCode([error.message.slice(0, 20_000), ...frames])];
}

function resourceBlocks(report: Report): string[] {
  if (revisionParagraphs(report).length > 0) return [];
  const { resources, outputs } = report;
  const blocks = resources.map((resource) =>
    folded(`<code>${escapeHtml(resourceLine(resource))}</code>`, resourceLines(resource)),
  );
  if (outputs.length > 0) blocks.push(folded("Outputs of the stack", changeLines(outputs)));
  return [
    `**${countLine(report)}.**${resources.length > 1 ? " In the order of the update:" : ""}`,
    ...blocks,
  ];
}

function folded(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return title;
  const shown: string[] = [];
  let used = 0;
  for (const line of lines) {
    used += line.length + 1;
    if (used > MAX_RESOURCE_CHARACTERS) break;
    shown.push(line);
  }
  if (shown.length < lines.length) shown.push(`… ${lines.length - shown.length} more lines`);
  return `<details><summary>${title}</summary>\n\n${fencedCode(shown.map(diffStyle), "diff")}\n</details>`;
}

/**
 * Moves the mark of a line to its start, because GitHub colors a `diff` block by the first character of each line. The
 * mark of a change becomes `!`.
 */
function diffStyle(line: string): string {
  const match = /^(\s+)([-+]) (.*)$/.exec(line);
  if (match !== null) return `${match[2]}${match[1]}${match[3]}`;
  return line.startsWith("~") ? `!${line.slice(1)}` : line;
}

function closing(report: Report): string[] {
  const { messages, notes } = report;
  const warnings = messages.map(
    ({ severity, message }) => `- ${severity}: ${escapeMarkdown(message.slice(0, 1_000))}`,
  );
  const limits = notes.map((note) => `- ${escapeMarkdown(note)}`).join("\n");
  return [
    ...(warnings.length > 0 ? [warnings.slice(0, 10).join("\n")] : []),
    ...(notes.length > 0
      ? [`<details><summary>Limits of this preview</summary>\n\n${limits}\n</details>`]
      : []),
    `<sub>${escapeHtml(revisionsLine(report))}, evaluated without AWS.</sub>`,
  ];
}

/** Formats a code block. Its fence is longer than any fence in the text, so that the text cannot end the block. */
function fencedCode(lines: readonly string[], language = ""): string {
  const text = lines.join("\n");
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

function escapeMarkdown(text: string): string {
  return escapeHtml(text)
    .replace(/([\\`*_[\]#|~])/g, "\\$1")
    .replace(/@/g, "@<!-- -->")
    .replace(/\s*\n\s*/g, "<br>");
}

function inlineCode(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function lengthOf(blocks: readonly string[]): number {
  return blocks.reduce((sum, block) => sum + block.length + 2, 0);
}
