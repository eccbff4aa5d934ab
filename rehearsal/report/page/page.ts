import type { RunRecord } from "../run-record";
import { comparisonSections } from "../sections/comparison";
import { outcomeSentence } from "../sections/outcome";
import { runSections } from "../sections/run-sections";
import { cellText, type ReportCell, type ReportSection, type ReportTable } from "../sections/section";
import { Html, html } from "./html";
import { outageChart } from "./outage-chart";
import { STYLES } from "./styles";
import { timelineChart } from "./timeline";
import { timelineData } from "./timeline-data";

/** Renders a run as one self-contained HTML page: no script, nothing from the network. */
export function renderPage(record: RunRecord): string {
  const timeline = timelineData(record);
  const body = runSections(record).map((section) => {
    if (section.id === "strategies") return renderSection(section, outageChart(record.strategies ?? []));
    if (section.id === "timeline" && timeline) return renderSection(section, timelineChart(timeline));
    return renderSection(section);
  });
  return renderDocument({
    title: `Rehearsal of ${record.application}`,
    heading: outcomeSentence(record),
    result: record.outcome.result,
    body: html`${body}${SIGNATURE}`,
  });
}

/** Renders two runs side by side as one page. */
export function renderComparisonPage(earlier: RunRecord, later: RunRecord): string {
  return renderDocument({
    title: `Two rehearsals of ${later.application}`,
    heading: outcomeSentence(later),
    result: later.outcome.result,
    body: html`${comparisonSections(earlier, later).map((section) => renderSection(section))}`,
  });
}

interface Document {
  readonly title: string;
  readonly heading: string;
  readonly result: RunRecord["outcome"]["result"];
  readonly body: Html;
}

function renderDocument({ title, heading, result, body }: Document): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}: ${result}</title>
<style>${new Html(STYLES)}</style>
</head>
<body>
<a class="skip" href="#report">Skip to the report</a>
<header class="outcome ${result}"><p>${title}</p><h1>${heading}</h1></header>
<main id="report">${body}</main>
</body>
</html>
`.markup;
}

function renderSection(section: ReportSection, chart?: Html): Html {
  const { id, title, paragraphs = [], lists = [], tables = [] } = section;
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
${paragraphs.map((text) => html`<p>${text}</p>`)}${chart}
${lists.map((list) => html`<h3>${list.title}</h3><ul>${list.items.map((item) => html`<li>${item}</li>`)}</ul>`)}
${tables.map((table) => renderTable(table, table.caption !== title))}</section>
`;
}

/** @param showsCaption false if a heading right above the table is the same; screen readers still read the caption */
function renderTable({ caption, columns, rows }: ReportTable, showsCaption: boolean): Html {
  const classOf = (index: number) => (columns[index]?.figure ? "figure" : "text");
  const head = columns.map(
    ({ title }, index) => html`<th scope="col" class="${classOf(index)}">${title}</th>`,
  );
  const body = rows.map(
    (row) => html`<tr>${row.map((cell, index) => renderCell(cell, classOf(index)))}</tr>`,
  );
  return html`<div class="table" role="group" aria-label="${caption}" tabindex="0"><table${columns.length === 2 ? new Html(' class="pair"') : ""}><caption><span class="${showsCaption ? "shown" : "hidden"}">${caption}</span></caption>
<thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>
`;
}

function renderCell(cell: ReportCell, name: string): Html {
  const mark = typeof cell === "string" ? "" : ` ${cell.mark}`;
  return html`<td class="${name}${mark}">${cellText(cell)}</td>`;
}

const SIGNATURE = html`<section id="signature" aria-labelledby="signature-title"><h2 id="signature-title">Decision</h2>
<p>☐ Release &nbsp; ☐ Do not release</p>
<div class="signature"><div>Name and role</div><div>Date</div><div>Signature</div></div></section>`;
