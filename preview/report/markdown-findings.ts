import { escapeMarkdown, fencedCode, headingAnchor, inlineCode } from "../../markdown/markdown-text";
import type { FilePlace } from "../checkout/file-place";
import type { Finding } from "../findings/registry";
import type { RevisionParagraph } from "./lines";

const MAX_DETAILS = 20;
const MAX_MESSAGE_CHARACTERS = 20_000;
const MAX_ISSUES = 50;

export const SEVERITY_MARKS = { danger: "🛑", warning: "⚠️", info: "ℹ️", none: "✅" } as const;

/** Makes links to files of the head revision. */
export interface FileLinks {
  /** URL of the head's files, such as `https://github.com/owner/name/blob/<commit>`. Without it there are no links. */
  readonly sourceUrl?: string;
  /** Path of the runbook in the repository. */
  readonly runbook?: string;
}

/**
 * Formats findings as a list. Findings that found nothing come last, and have no tick beside a danger, because it could
 * be read as an approval.
 */
export function findingList(findings: readonly Finding[], links: FileLinks): string[] {
  const hasDanger = findings.some(({ severity }) => severity === "danger");
  const quiet = findings.filter(({ severity }) => severity === "none");
  const shown = hasDanger ? findings.filter(({ severity }) => severity !== "none") : findings;
  const items = shown.map((finding) => findingItem(finding, links));
  if (hasDanger && quiet.length > 0) {
    const summaries = quiet.map(({ summary }) => `  - ${escapeMarkdown(summary)}`);
    items.push(["- Without a finding:", ...summaries].join("\n"));
  }
  return items.length > 0 ? [items.join("\n")] : [];
}

function findingItem(finding: Finding, links: FileLinks): string {
  const { severity, code, summary, details, place, remediation, procedure } = finding;
  const text = escapeMarkdown(summary);
  const where = place === undefined ? "" : `${placeLink(place, links)}: `;
  const named = severity === "danger" || severity === "warning" ? ` ${inlineCode(code)}` : "";
  const lines = [
    `- ${SEVERITY_MARKS[severity]} ${where}${severity === "danger" ? `**${text}**` : text}${named}`,
    ...details.slice(0, MAX_DETAILS).map((detail) => `  - ${escapeMarkdown(detail)}`),
    ...(details.length > MAX_DETAILS ? [`  - … and ${details.length - MAX_DETAILS} more`] : []),
    ...(remediation === undefined ? [] : [remediationItem(remediation)]),
    ...(procedure === undefined ? [] : runbookItem(procedure, links)),
  ];
  return lines.join("\n");
}

/** One line of text, or SQL and commands as a code block. */
function remediationItem(remediation: string): string {
  const lines = remediation.split("\n");
  if (lines.length === 1) return `  - Safe way: ${escapeMarkdown(remediation)}`;
  return ["  - Safe way:", "", ...indent(fencedCode(lines, "sql"), 4), ""].join("\n");
}

function runbookItem(procedure: string, { sourceUrl, runbook }: FileLinks): string[] {
  if (runbook === undefined) return [];
  const link = fileUrl({ file: runbook }, { sourceUrl });
  if (link === undefined) return [`  - Runbook: ${escapeMarkdown(procedure)} (${inlineCode(runbook)})`];
  return [`  - Runbook: [${escapeMarkdown(procedure)}](${link}#${headingAnchor(procedure)})`];
}

/** Formats the reason of a rejection or a failure, one item for each issue. */
export function paragraph({ title, error }: RevisionParagraph, links: FileLinks): string[] {
  const text = `${escapeMarkdown(title)}.`;
  if (error === undefined) return [text];
  const frames = error.frames.map((frame) => `  at ${frame}`);
  if (error.issues.length === 0) {
    return [`**${text}**`, fencedCode([error.message.slice(0, MAX_MESSAGE_CHARACTERS), ...frames])];
  }
  const items = error.issues.slice(0, MAX_ISSUES).map(({ key, text: reason, remedy, place }) => {
    const link = place === undefined ? undefined : placeLink(place, links);
    const isKeyFirst = key !== undefined && reason.startsWith(key);
    const rest = escapeMarkdown(isKeyFirst ? reason.slice(key.length) : reason);
    const subject = isKeyFirst ? (link ?? inlineCode(key)) : link === undefined ? "" : `${link}: `;
    return [
      `1. ⛔ ${subject}${rest}`,
      ...(remedy === undefined ? [] : [`   - ${escapeMarkdown(remedy)}`]),
    ].join("\n");
  });
  const more = error.issues.length - items.length;
  return [`**${text}**`, [...items, ...(more > 0 ? [`1. … and ${more} more`] : [])].join("\n")];
}

function placeLink(place: FilePlace, links: FileLinks): string {
  const name = place.line === undefined ? place.file : `${place.file}:${place.line}`;
  const url = fileUrl(place, links);
  return url === undefined ? inlineCode(name) : `[${inlineCode(name)}](${url})`;
}

function fileUrl({ file, line }: FilePlace, { sourceUrl }: FileLinks): string | undefined {
  if (sourceUrl === undefined) return undefined;
  const path = file
    .split("/")
    .map((part) => encodeURIComponent(part).replace(/[()]/g, escaped))
    .join("/");
  return `${sourceUrl}/${path}${line === undefined ? "" : `#L${line}`}`;
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}

function indent(text: string, width: number): string[] {
  return text.split("\n").map((line) => (line === "" ? "" : " ".repeat(width) + line));
}
