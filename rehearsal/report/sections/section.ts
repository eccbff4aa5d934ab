/** A part of a report, as plain data. The page and the Markdown render the same sections. */
export interface ReportSection {
  /** Id of the section, unique in its report, in kebab-case. */
  readonly id: string;
  readonly title: string;
  readonly paragraphs?: readonly string[];
  readonly lists?: readonly ReportList[];
  readonly tables?: readonly ReportTable[];
}

export interface ReportList {
  readonly title: string;
  readonly items: readonly string[];
}

export interface ReportTable {
  readonly caption: string;
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly (readonly ReportCell[])[];
}

export interface ReportColumn {
  readonly title: string;
  /** True for figures, which are aligned to the right. */
  readonly figure?: boolean;
}

/** A text, or a text with a mark for good or bad. The text alone must be understandable. */
export type ReportCell = string | { readonly text: string; readonly mark: "good" | "bad" };

export function cellText(cell: ReportCell): string {
  return typeof cell === "string" ? cell : cell.text;
}
