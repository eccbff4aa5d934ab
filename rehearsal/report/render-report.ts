import { extname } from "node:path";
import { renderComparisonMarkdown, renderMarkdown } from "./markdown";
import { renderComparisonPage, renderPage } from "./page/page";
import type { RunRecord } from "./run-record";

export const REPORT_FORMATS = ["html", "markdown", "json"] as const;
export type RunReportFormat = (typeof REPORT_FORMATS)[number];

const EXTENSIONS: Readonly<Record<string, RunReportFormat>> = {
  ".html": "html",
  ".htm": "html",
  ".md": "markdown",
  ".markdown": "markdown",
  ".json": "json",
};

/** @returns the format that the extension of a file stands for, or undefined for any other extension */
export function formatOfFile(file: string): RunReportFormat | undefined {
  return EXTENSIONS[extname(file).toLowerCase()];
}

/** Renders a run. */
export function renderReport(record: RunRecord, format: RunReportFormat): string {
  if (format === "html") return renderPage(record);
  if (format === "markdown") return renderMarkdown(record);
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

/** Renders two runs side by side. */
export function renderComparison(earlier: RunRecord, later: RunRecord, format: "html" | "markdown"): string {
  if (format === "html") return renderComparisonPage(earlier, later);
  return renderComparisonMarkdown(earlier, later);
}
