import { escapeMarkdown } from "../../markdown/markdown-text";
import type { RunRecord } from "./run-record";
import { comparisonSections } from "./sections/comparison";
import { outcomeSentence } from "./sections/outcome";
import { runSections } from "./sections/run-sections";
import { cellText, type ReportSection, type ReportTable } from "./sections/section";

const RESULT_ICONS: Readonly<Record<RunRecord["outcome"]["result"], string>> = {
  passed: "✅",
  failed: "❌",
  noisy: "⚠️",
};

/** Renders a run as Markdown, for a pull request or the summary of a job. Later sections are folded. */
export function renderMarkdown(record: RunRecord): string {
  const [outcome, ...others] = runSections(record);
  const heading = `## ${RESULT_ICONS[record.outcome.result]} ${escapeMarkdown(outcomeSentence(record))}`;
  const first = outcome && sectionBody(outcome);
  const parts = others.map((section) =>
    OPEN_SECTIONS.includes(section.id)
      ? `### ${section.title}\n\n${sectionBody(section)}`
      : `<details><summary>${section.title}</summary>\n\n${sectionBody(section)}\n\n</details>`,
  );
  return `${[heading, first, ...parts].filter(Boolean).join("\n\n")}\n`;
}

const OPEN_SECTIONS = ["effect", "strategies", "faults"];

/** Renders two runs side by side. */
export function renderComparisonMarkdown(earlier: RunRecord, later: RunRecord): string {
  const sections = comparisonSections(earlier, later);
  return `${sections.map((section) => `## ${section.title}\n\n${sectionBody(section)}`).join("\n\n")}\n`;
}

function sectionBody({ paragraphs = [], lists = [], tables = [] }: ReportSection): string {
  return [
    ...paragraphs.map(escapeMarkdown),
    ...lists.map(
      ({ title, items }) => `**${title}**\n\n${items.map((item) => `- ${escapeMarkdown(item)}`).join("\n")}`,
    ),
    ...tables.map(renderTable),
  ].join("\n\n");
}

function renderTable({ caption, columns, rows }: ReportTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    `**${caption}**\n`,
    line(columns.map(({ title }) => title)),
    line(columns.map(({ figure }) => (figure ? "---:" : "---"))),
    ...rows.map((row) => line(row.map((cell) => escapeMarkdown(cellText(cell))))),
  ].join("\n");
}
