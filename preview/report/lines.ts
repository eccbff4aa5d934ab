import { shortType } from "../../engine/deploy/display";
import type { RevisionError } from "../checkout/checked-out";
import { isBlockedByProtect } from "../compare/steps";
import type { PropertyView } from "./property-view";
import type { PreviewReport, StackReport } from "./report";
import type { ResourceView } from "./resource-view";

/** Maximum width of a value or line, in characters. */
const MAX_VALUE_WIDTH = 160;
const MAX_TEXT_LINES = 80;
const MAX_NEW_TEXT_LINES = 20;

const OPERATION_MARKS = { create: "+", import: "=", update: "~", replace: "±", delete: "-" } as const;

/** Formats `± replace web (aws:autoscaling:Group) because of launchTemplate.version`. */
export function resourceLine(resource: ResourceView): string {
  const { op, type, name, replaceReasons, mayReplace, retained, successorOf } = resource;
  const because = replaceReasons.length > 0 ? ` because of ${replaceReasons.join(", ")}` : "";
  const successor = successorOf === undefined ? "" : `, successor of ${successorOf}`;
  const stays = retained ? ", stays in AWS" : "";
  const blocked = isBlockedByProtect(resource) ? " [protected: Pulumi rejects this]" : "";
  return `${OPERATION_MARKS[op]} ${op} ${name} (${shortType(type)})${successor}${mayReplace ? ", may replace" : ""}${stays}${because}${blocked}`;
}

export function resourceLines({ op, changes, successorOf }: ResourceView): string[] {
  const isNew = (op === "create" || op === "import") && successorOf === undefined;
  return changeLines(changes, isNew ? MAX_NEW_TEXT_LINES : MAX_TEXT_LINES);
}

/** Formats each change as one line, `~ path: old → new`. Values with several lines are shown as a diff. */
export function changeLines(changes: readonly PropertyView[], maxTextLines = MAX_TEXT_LINES): string[] {
  return changes.flatMap((change) => {
    const forces = change.forcesReplacement ? " (replaces)" : "";
    if (change.lines !== undefined) {
      const shown = change.lines
        .slice(0, maxTextLines)
        .map(({ sign, text }) => `  ${sign} ${shorten(text)}`.trimEnd());
      const rest = change.lines.length - shown.length;
      return [
        `${mark(change)} ${change.path}:${forces}`,
        ...shown,
        ...(rest > 0 ? [`  … ${rest} more lines`] : []),
      ];
    }
    const old = formatValue(change.old);
    const next = formatValue(change.new);
    const text = change.kind === "add" ? next : change.kind === "delete" ? old : `${old} → ${next}`;
    return [`${mark(change)} ${change.path}: ${text}${forces}`];
  });
}

function mark({ kind }: PropertyView): string {
  return kind === "add" ? "+" : kind === "delete" ? "-" : "~";
}

/** Formats a value as JSON on one line. Masked values, unknown values and placeholders have no quotes. */
function formatValue(value: unknown): string {
  const isMarker = typeof value === "string" && /^(\[(secret|unknown)\]|<[^<>"]*>)$/.test(value);
  return shorten(isMarker ? value : (JSON.stringify(value) ?? ""));
}

function shorten(text: string): string {
  return text.length <= MAX_VALUE_WIDTH
    ? text
    : `${text.slice(0, MAX_VALUE_WIDTH)}… (${text.length} characters)`;
}

/** Formats `2 resources change: 1 to update, 1 to replace; 40 unchanged`. */
export function countLine({ counts, resources, outputs, findings }: StackReport): string {
  const ops = (["create", "update", "replace", "delete"] as const).filter((op) => counts[op] > 0);
  const kinds = ops.map((op) => `${counts[op]} to ${op}`).join(", ");
  // Provider settings are not inputs of a resource, but affect all resources.
  const changesProvider = findings.some(({ topic }) => topic === "provider");
  if (resources.length === 0) {
    if (changesProvider) return "No resource inputs change, only settings of the provider";
    return outputs.length > 0 ? "No resources change, only outputs" : "No resources change";
  }
  const subject = resources.length === 1 ? "1 resource changes" : `${resources.length} resources change`;
  const unchanged = changesProvider ? `${counts.same} with unchanged inputs` : `${counts.same} unchanged`;
  return `${subject}: ${kinds}; ${unchanged}`;
}

export function noChanges({ complete }: Pick<StackReport, "complete">): string {
  return complete ? "No changes" : "No changes, as far as a preview without AWS can tell";
}

/**
 * Escapes characters that control a terminal or reverse text, because an attacker may have chosen names and values.
 */
export function escapeControls(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped.
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Formats `main (1a2b3c4d) → working tree`. */
export function revisionsLine({ base, head }: PreviewReport): string {
  return [base, head]
    .map(({ ref, commit }) =>
      commit === undefined || commit.startsWith(ref) ? ref.slice(0, 40) : `${ref} (${commit.slice(0, 8)})`,
    )
    .join(" → ");
}

export interface RevisionParagraph {
  readonly title: string;
  readonly error?: RevisionError;
}

/** The paragraphs at the top if nothing was compared; otherwise empty. */
export function revisionParagraphs({
  outcome,
  error,
  baseError,
  declared,
}: StackReport): RevisionParagraph[] {
  const paragraphs: RevisionParagraph[] = [];
  if (baseError !== undefined) {
    const reason =
      baseError.step === "install"
        ? "its dependencies are missing"
        : baseError.outcome === "rejected"
          ? "its program rejects it"
          : "its program fails";
    paragraphs.push({
      title: `NOT COMPARED: the base revision cannot be evaluated, ${reason}`,
      error: baseError,
    });
  }
  if (outcome === "rejected") {
    const count = error?.issues.length ?? 0;
    const reasons = count > 1 ? `, for ${count} reasons` : "";
    paragraphs.push({ title: `Rejected: the program rejects this change${reasons}`, error });
  }
  if (outcome === "failed") paragraphs.push({ title: "Failed: the program cannot be evaluated", error });
  if (outcome === "uncompared") {
    const resources = declared === 1 ? "1 resource" : `${declared} resources`;
    paragraphs.push({
      title: `The head revision can be evaluated: it declares ${resources}. To see changes, set --base to the deployed revision, such as the last release`,
    });
  }
  return paragraphs;
}
