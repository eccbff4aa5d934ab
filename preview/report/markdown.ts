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

/** GitHub's limit for the body of a comment, in characters. @see https://github.com/orgs/community/discussions/41331 */
export const COMMENT_LIMIT = 65_536;
/** Kept free for what a workflow puts around it: a hidden mark, a link. */
const RESERVE = 1_536;
/** What one resource may take, so that one does not push out all others. */
const RESOURCE_LIMIT = 12_000;
const NOTE_ROOM = 400;

const MARKS = { danger: "🛑", attention: "⚠️", info: "ℹ️", good: "✅" } as const;

/** The report as a comment: the answers open, the resources folded, and never longer than GitHub takes. */
export function toMarkdown(report: Report, limit = COMMENT_LIMIT - RESERVE): string {
  const head = [...heading(report), ...verdicts(report).flatMap(verdict), ...said(report)];
  const tail = closing(report);
  const room = limit - length(head) - length(tail) - NOTE_ROOM;
  const blocks = sections(report);
  const kept: string[] = [];
  let used = 0;
  for (const block of blocks) {
    if (used + block.length + 2 > room) break;
    kept.push(block);
    used += block.length + 2;
  }
  const cut = blocks.length - kept.length;
  const note =
    cut > 0
      ? `_${cut} of ${blocks.length - 1} changes are not shown here: a comment holds ${COMMENT_LIMIT} characters. ` +
        "`npm run preview` shows all of them._"
      : "";
  const text = visible([...head, ...kept, ...(note ? [note] : []), ...tail].join("\n\n"));
  // Only a program with a very long message gets here.
  return text.length <= limit
    ? `${text}\n`
    : `${text.slice(0, limit - 60)}\n\n…\n\n_Cut off here, by GitHub's limit._\n`;
}

function heading(report: Report): string[] {
  const { project, stack, outcome, answers } = report;
  const danger = answers.find(({ level }) => level === "danger");
  const attention = answers.find(({ level }) => level === "attention");
  const said = (danger ?? attention ?? answers[0])?.text.replace(/\.$/, "");
  const headline = {
    same: nothingChanges(report),
    refused: "refused",
    broken: "broken",
    uncompared: "not compared, the base cannot be evaluated",
    changes: said ?? "changes",
  }[outcome];
  const changes = danger ? "🛑" : "🔎";
  const icon = { same: "✅", refused: "⛔", broken: "💥", uncompared: "⚠️", changes }[outcome];
  return [`### ${icon} Preview of ${inline(`${project}/${stack}`)}: ${plain(headline)}`];
}

function said({ answers }: Report): string[] {
  const lines = answers.flatMap(({ level, text, details }) => [
    `- ${MARKS[level]} ${level === "danger" ? `**${plain(text)}**` : plain(text)}`,
    ...details.slice(0, 20).map((detail) => `  - ${plain(detail)}`),
    ...(details.length > 20 ? [`  - … and ${details.length - 20} more`] : []),
  ]);
  return lines.length > 0 ? [lines.join("\n")] : [];
}

function verdict({ title, error }: Verdict): string[] {
  const text = `${plain(title)}.`;
  if (error === undefined) return [text];
  const frames = error.frames.map((frame) => `  at ${frame}`);
  return [`**${text}**`, fence([error.message.slice(0, 20_000), ...frames])];
}

/** A title, then one folded block for each resource. */
function sections(report: Report): string[] {
  if (verdicts(report).length > 0) return [];
  const { resources, outputs } = report;
  const blocks = resources.map((resource) => details(resourceTitle(resource), resourceLines(resource)));
  if (outputs.length > 0) blocks.push(details("Outputs of the stack", changeLines(outputs)));
  return [
    `**${countLine(report)}.**${resources.length > 1 ? " In the order in which they would:" : ""}`,
    ...blocks,
  ];
}

function resourceTitle(resource: ResourceView): string {
  return `<code>${html(resourceLine(resource))}</code>`;
}

function details(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return title;
  const shown: string[] = [];
  let used = 0;
  for (const line of lines) {
    used += line.length + 1;
    if (used > RESOURCE_LIMIT) break;
    shown.push(line);
  }
  if (shown.length < lines.length) shown.push(`… ${lines.length - shown.length} more lines`);
  return `<details><summary>${title}</summary>\n\n${fence(shown.map(diffStyle), "diff")}\n</details>`;
}

/** In a `diff` block GitHub colors by the first character; it knows no `~`. */
function diffStyle(line: string): string {
  const match = /^(\s+)([-+]) (.*)$/.exec(line);
  if (match !== null) return `${match[2]}${match[1]}${match[3]}`;
  return line.startsWith("~") ? `!${line.slice(1)}` : line;
}

function closing(report: Report): string[] {
  const { messages, notes } = report;
  const warnings = messages.map(
    ({ severity, message }) => `- ${severity}: ${plain(message.slice(0, 1_000))}`,
  );
  const more = notes.map((note) => `- ${plain(note)}`);
  return [
    ...(warnings.length > 0 ? [warnings.slice(0, 10).join("\n")] : []),
    ...(more.length > 0
      ? [`<details><summary>What this preview cannot know</summary>\n\n${more.join("\n")}\n</details>`]
      : []),
    `<sub>${html(revisionsLine(report))}, evaluated without a cloud.</sub>`,
  ];
}

/** A fence longer than any that the text holds, so that nothing in it ends the block. */
function fence(lines: readonly string[], language = ""): string {
  const text = lines.join("\n");
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = "`".repeat(longest + 1);
  return `${ticks}${language}\n${text}\n${ticks}`;
}

/** Text of the program's in Markdown: no markup, no HTML, nobody mentioned. */
function plain(text: string): string {
  return html(text)
    .replace(/([\\`*_[\]#|~])/g, "\\$1")
    .replace(/@/g, "@<!-- -->")
    .replace(/\s*\n\s*/g, "<br>");
}

function inline(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}

function html(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function length(blocks: readonly string[]): number {
  return blocks.reduce((sum, block) => sum + block.length + 2, 0);
}
