import { shortType } from "../../engine/deploy/display";
import { isRefused } from "../compare/comparison";
import type { PropertyView } from "./property-view";
import type { Report, ReportError, ResourceView } from "./report";

/** Characters of a value, and of a line of a text, before it is folded. */
const VALUE_WIDTH = 160;
/** Lines of a text before it is folded; of what is new, all of them are. */
const TEXT_LINES = 80;
const NEW_TEXT_LINES = 20;

const MARKS = { create: "+", import: "=", update: "~", replace: "±", delete: "-" } as const;

/** One line for a resource: what happens to it, and why it is replaced. */
export function resourceLine(resource: ResourceView): string {
  const { op, type, name, replaceReasons, mayReplace } = resource;
  const why = replaceReasons.length > 0 ? ` because of ${replaceReasons.join(", ")}` : "";
  const guard = isRefused(resource) ? " [protected: Pulumi will refuse]" : "";
  return `${MARKS[op]} ${op} ${name} (${shortType(type)})${mayReplace ? ", may replace" : ""}${why}${guard}`;
}

/** The differences of a resource, or all inputs of a new one. */
export function resourceLines({ op, changes }: ResourceView): string[] {
  return changeLines(changes, op === "create" || op === "import" ? NEW_TEXT_LINES : TEXT_LINES);
}

/** Differences, a line each: a path, the old and the new value; texts line by line. */
export function changeLines(changes: readonly PropertyView[], textLines = TEXT_LINES): string[] {
  return changes.flatMap((change) => {
    const forces = change.forcesReplacement ? " (replaces)" : "";
    if (change.lines !== undefined) {
      const shown = change.lines
        .slice(0, textLines)
        .map(({ sign, text }) => `  ${sign} ${shorten(text)}`.trimEnd());
      const rest = change.lines.length - shown.length;
      return [
        `${mark(change)} ${change.path}:${forces}`,
        ...shown,
        ...(rest > 0 ? [`  … ${rest} more lines`] : []),
      ];
    }
    const old = value(change.old);
    const next = value(change.new);
    const text = change.kind === "add" ? next : change.kind === "delete" ? old : `${old} → ${next}`;
    return [`${mark(change)} ${change.path}: ${text}${forces}`];
  });
}

function mark({ kind }: PropertyView): string {
  return kind === "add" ? "+" : kind === "delete" ? "-" : "~";
}

/** JSON on one line; what is masked or unknown stands without quotes. */
function value(shown: unknown): string {
  const isMarker = typeof shown === "string" && /^(\[(secret|unknown)\]|<[^<>"]*>)$/.test(shown);
  return shorten(isMarker ? shown : (JSON.stringify(shown) ?? ""));
}

function shorten(text: string): string {
  return text.length <= VALUE_WIDTH ? text : `${text.slice(0, VALUE_WIDTH)}… (${text.length} characters)`;
}

/** `2 resources change: 1 to update, 1 to replace` */
export function countLine({ counts, resources, outputs, answers }: Report): string {
  const ops = (["create", "update", "replace", "delete"] as const).filter((op) => counts[op] > 0);
  const kinds = ops.map((op) => `${counts[op]} to ${op}`).join(", ");
  // What a provider is told is no input of any resource.
  const isToldAnew = answers.some(({ topic }) => topic === "provider");
  if (resources.length === 0) {
    if (isToldAnew) return "No resource's own inputs change, only what the provider is told";
    return outputs.length > 0 ? "No resource changes, only outputs" : "No resource changes";
  }
  const subject = resources.length === 1 ? "1 resource changes" : `${resources.length} resources change`;
  const rest = isToldAnew
    ? `the own inputs of ${counts.same} stay as they are`
    : `${counts.same} stay as they are`;
  return `${subject}: ${kinds}; ${rest}`;
}

/** What was not compared may have changed. */
export function nothingChanges({ complete }: Report): string {
  return complete ? "Nothing changes" : "Nothing changes, as far as can be told without a cloud";
}

/** Characters that a terminal would obey, or that turn a line around, written out: what a stranger wrote is read as it is. */
export function visible(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** `main (1a2b3c4d) → working tree` */
export function revisionsLine({ base, head }: Report): string {
  return [base, head]
    .map(({ ref, commit }) =>
      commit === undefined || commit.startsWith(ref) ? ref.slice(0, 40) : `${ref} (${commit.slice(0, 8)})`,
    )
    .join(" → ");
}

const WHY = { refused: "its program refuses", broken: "its program is broken" } as const;

/** What is to be said first when nothing was compared: of each revision what became of it, and why. */
export function verdicts({ outcome, error, baseError, declared }: Report): Verdict[] {
  const said: Verdict[] = [];
  if (baseError !== undefined) {
    const why = baseError.step === "install" ? "its dependencies are missing" : WHY[baseError.outcome];
    said.push({ title: `NOT COMPARED: the base revision cannot be evaluated, ${why}`, error: baseError });
  }
  if (outcome === "refused") said.push({ title: "Refused: the program says no to this change", error });
  if (outcome === "broken") said.push({ title: "Broken: the program cannot be evaluated", error });
  if (outcome === "uncompared") {
    const resources = declared === 1 ? "1 resource" : `${declared} resources`;
    said.push({
      title: `The head revision can be evaluated: it declares ${resources}. To see what would change, name as --base what is deployed, such as the last release`,
    });
  }
  return said;
}

export interface Verdict {
  readonly title: string;
  readonly error?: ReportError;
}
