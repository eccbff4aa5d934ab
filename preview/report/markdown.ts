import { escapeHtml, escapeMarkdown, fencedCode, inlineCode } from "../../markdown/markdown-text";
import { enumerate } from "../wording";
import { changeHeadline, stackHeadline } from "./headline";
import {
  changeLines,
  countLine,
  escapeControls,
  resourceLine,
  resourceLines,
  revisionParagraphs,
  revisionsLine,
} from "./lines";
import { type FileLinks, findingList, paragraph } from "./markdown-findings";
import type { PreviewReport, StackReport } from "./report";
import { groupStacks, type StackGroup } from "./stack-groups";

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

export interface MarkdownOptions extends Pick<FileLinks, "sourceUrl"> {
  /** Maximum number of characters. @default GitHub's limit for a comment, minus space for a mark and a link */
  readonly limit?: number;
}

/** A part of the comment. Its blocks are left out at the end if the comment would be too long. */
interface Section {
  readonly before: readonly string[];
  readonly blocks: readonly string[];
  readonly after: readonly string[];
}

/** Formats the report as a GitHub comment: findings expanded, resources collapsed, truncated at the limit. */
export function toMarkdown(report: PreviewReport, options: MarkdownOptions = {}): string {
  const { limit = COMMENT_LIMIT - RESERVED_CHARACTERS, sourceUrl } = options;
  const links: FileLinks = { sourceUrl, runbook: report.runbook };
  const isOne = report.stacks.length === 1;
  const sections = groupStacks(report.stacks).map((group) => sectionOf(group, links, isOne));
  const head = [heading(report), ...(isOne ? [] : [stackTable(report)]), ...fileFindings(report, links)];
  const tail = [`<sub>${escapeHtml(revisionsLine(report))}, evaluated without AWS.</sub>`];
  const fixed = [...head, ...sections.flatMap(({ before, after }) => [...before, ...after]), ...tail];
  let available = limit - lengthOf(fixed) - NOTE_CHARACTERS;
  let cut = 0;
  const total = sections.reduce((sum, { blocks }) => sum + blocks.length, 0);
  const body = sections.flatMap(({ before, blocks, after }) => {
    const shown: string[] = [];
    for (const block of blocks) {
      available -= block.length + 2;
      if (available >= 0) shown.push(block);
      else cut += 1;
    }
    return [...before, ...shown, ...after];
  });
  const note =
    cut > 0
      ? [
          `_${cut} of ${total} changes are not shown: a comment is limited to ${COMMENT_LIMIT} characters. \`npm run preview\` shows all of them._`,
        ]
      : [];
  const text = escapeControls([...head, ...body, ...note, ...tail].join("\n\n"));
  // The text can still be too long if the program's message is very long.
  return text.length <= limit
    ? `${text}\n`
    : `${text.slice(0, limit - 60)}\n\n…\n\n_Truncated at GitHub's limit._\n`;
}

function heading(report: PreviewReport): string {
  const { project, stacks, outcome } = report;
  const [only] = stacks;
  const name = stacks.length === 1 && only !== undefined ? `${project}/${only.stack}` : project;
  const all = [...report.findings, ...stacks.flatMap(({ findings }) => findings)];
  const hasDanger = all.some(({ severity }) => severity === "danger");
  return `### ${iconOf(outcome, hasDanger)} Preview of ${inlineCode(name)}: ${escapeMarkdown(changeHeadline(report))}`;
}

function iconOf(outcome: StackReport["outcome"], hasDanger: boolean): string {
  const changes = hasDanger ? "🛑" : "🔎";
  return { same: "✅", rejected: "⛔", failed: "💥", uncompared: "⚠️", changes }[outcome];
}

/** Lists every stack with its most important finding, in the order of the sections. */
function stackTable({ stacks }: PreviewReport): string {
  const rows = groupStacks(stacks).flatMap((group) =>
    group.stacks.map((stack) => {
      const hasDanger = group.report.findings.some(({ severity }) => severity === "danger");
      const icon = iconOf(group.report.outcome, hasDanger);
      const headline = stackHeadline(group.report).replaceAll(group.report.stack, stack);
      return `| ${inlineCode(stack)} | ${icon} ${escapeMarkdown(headline)} |`;
    }),
  );
  return ["| Stack | Effect |", "| --- | --- |", ...rows].join("\n");
}

function fileFindings({ findings, stacks }: PreviewReport, links: FileLinks): string[] {
  if (findings.length === 0) return [];
  const title = stacks.length === 1 ? "Files of the change" : "Files of the change, for every stack";
  return [`#### ${title}`, ...findingList(findings, links)];
}

function sectionOf({ stacks, report }: StackGroup, links: FileLinks, isOne: boolean): Section {
  const names = enumerate(stacks.map(inlineCode));
  const same = stacks.length > 1 ? [`_The names below are those of ${inlineCode(report.stack)}._`] : [];
  // A stack without changes is in the table.
  if (!isOne && report.outcome === "same") return { before: [], blocks: [], after: [] };
  return {
    before: [
      ...(isOne ? [] : [`#### ${names}`, ...same]),
      ...revisionParagraphs(report).flatMap((each) => paragraph(each, links)),
      ...findingList(report.findings, links),
      ...countParagraph(report),
    ],
    blocks: resourceBlocks(report),
    after: closing(report),
  };
}

function countParagraph(report: StackReport): string[] {
  if (revisionParagraphs(report).length > 0) return [];
  const order = report.resources.length > 1 ? " In the order of the update:" : "";
  return [`**${countLine(report)}.**${order}`];
}

function resourceBlocks(report: StackReport): string[] {
  if (revisionParagraphs(report).length > 0) return [];
  const { resources, outputs } = report;
  const blocks = resources.map((resource) =>
    folded(`<code>${escapeHtml(resourceLine(resource))}</code>`, resourceLines(resource)),
  );
  if (outputs.length > 0) blocks.push(folded("Outputs of the stack", changeLines(outputs)));
  return blocks;
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

function closing({ messages, notes }: StackReport): string[] {
  const warnings = messages.map(
    ({ severity, message }) => `- ${severity}: ${escapeMarkdown(message.slice(0, 1_000))}`,
  );
  const limits = notes.map((note) => `- ${escapeMarkdown(note)}`).join("\n");
  return [
    ...(warnings.length > 0 ? [warnings.slice(0, 10).join("\n")] : []),
    ...(notes.length > 0
      ? [`<details><summary>Limits of this preview</summary>\n\n${limits}\n</details>`]
      : []),
  ];
}

function lengthOf(blocks: readonly string[]): number {
  return blocks.reduce((sum, block) => sum + block.length + 2, 0);
}
