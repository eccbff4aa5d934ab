import { styleText } from "node:util";
import { type ChangeCounts, countChanges, type Operation, type Step } from "../state/step";
import type { PropertyChange } from "../values/property-diff";
import type { UpdateResult } from "./engine";

export interface DisplayOptions {
  /** "preview" says what would be done, "update" what was done. Default "preview". */
  readonly tense?: "preview" | "update";
  /** Default false; see {@link wantsColor}. */
  readonly color?: boolean;
  /** The sum alone, what changes with its properties, or all resources. Default "changed". */
  readonly detail?: "summary" | "changed" | "full";
  /** Characters after which a value is folded. Default 80. */
  readonly valueWidth?: number;
}

type Color = "green" | "yellow" | "red" | "magenta" | "dim" | "cyan";

const MARKS: Record<
  Operation,
  { readonly mark: string; readonly color: Color; readonly words: [string, string] }
> = {
  create: { mark: "+", color: "green", words: ["create", "created"] },
  import: { mark: "=", color: "green", words: ["import", "imported"] },
  update: { mark: "~", color: "yellow", words: ["update", "updated"] },
  replace: { mark: "+-", color: "magenta", words: ["replace", "replaced"] },
  delete: { mark: "-", color: "red", words: ["delete", "deleted"] },
  read: { mark: ">", color: "cyan", words: ["read", "read"] },
  refresh: { mark: "~", color: "cyan", words: ["refresh", "refreshed"] },
  same: { mark: " ", color: "dim", words: ["", ""] },
};

/** Shows steps as `pulumi preview --diff` and `pulumi up` do: a tree of resources with what changes, and a summary. */
export function displaySteps(steps: readonly Step[], options: DisplayOptions = {}): string {
  if (options.detail === "summary") return displaySummary(countChanges(steps), options);
  // The old half of a replacement is part of it, unless its deletion is what went wrong.
  const shown = steps.filter((step) => step.error !== undefined || !step.replaced);
  const visible = withParents(
    shown,
    ({ op }) => options.detail === "full" || (op !== "same" && op !== "read"),
  );
  const lines = tree(shown.filter((step) => visible.has(step.urn))).flatMap(({ step, indent }) =>
    resourceLines(step, indent, options),
  );
  return [...lines, ...(lines.length > 0 ? [""] : []), displaySummary(countChanges(steps), options)].join(
    "\n",
  );
}

/** What an update did. */
export function displayUpdate(result: Pick<UpdateResult, "steps">, options: DisplayOptions = {}): string {
  return displaySteps(result.steps, { tense: "update", ...options });
}

/** `Resources: + 3 created, ~ 1 updated, 40 unchanged`. */
export function displaySummary(changes: ChangeCounts, options: DisplayOptions = {}): string {
  const tense = options.tense === "update" ? 1 : 0;
  const parts = (["create", "update", "replace", "delete"] as const)
    .filter((op) => changes[op] > 0)
    .map((op) => {
      const { mark, color, words } = MARKS[op];
      return paint(`${mark} ${changes[op]} ${tense === 0 ? "to " : ""}${words[tense]}`, color, options);
    });
  if (changes.same > 0 || parts.length === 0) parts.push(`${changes.same} unchanged`);
  return `Resources: ${parts.join(", ")}`;
}

/** Colors are for people: not for files and pipes, and not for those who set NO_COLOR. */
export function wantsColor(
  stream: { readonly isTTY?: boolean },
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  return stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== "dumb";
}

function resourceLines(step: Step, indent: number, options: DisplayOptions): string[] {
  const { mark, color, words } = MARKS[step.op];
  const tense = options.tense === "update" ? 1 : 0;
  const took = step.durationMs >= 1000 ? ` (${(step.durationMs / 1000).toFixed(1)}s)` : "";
  const done = step.error === undefined ? words[tense] : `${words[0]} failed`;
  const label = [shortType(step.type), step.name, done + took].filter((part) => part !== "").join(" ");
  const guard = step.protect && step.op !== "same" ? paint(" [protected]", "dim", options) : "";
  const inner = " ".repeat(indent + 4);
  const lines = [
    `${" ".repeat(indent)}${paint(`${mark.padEnd(2)} ${label}`, step.error ? "red" : color, options)}${guard}`,
  ];
  for (const change of step.changes) lines.push(inner + changeLine(change, options));
  const paths = new Set(
    step.changes.filter((change) => change.forcesReplacement).map((change) => change.path),
  );
  const others = step.replaceReasons.filter((reason) => !paths.has(reason));
  if (others.length > 0) lines.push(`${inner}replaced because of ${others.join(", ")}`);
  if (step.error !== undefined) lines.push(inner + paint(`error: ${step.error}`, "red", options));
  return lines;
}

function changeLine(change: PropertyChange, options: DisplayOptions): string {
  const value = (shown: unknown) => fold(shown, options.valueWidth ?? 80);
  const [mark, color, text] =
    change.kind === "add"
      ? (["+", "green", value(change.new)] as const)
      : change.kind === "delete"
        ? (["-", "red", value(change.old)] as const)
        : (["~", "yellow", `${value(change.old)} => ${value(change.new)}`] as const);
  const forces = change.forcesReplacement ? paint(" (forces replacement)", "magenta", options) : "";
  return `${paint(`${mark} ${change.path}`, color, options)}: ${text}${forces}`;
}

/** JSON on one line; markers like `[secret]` without quotes; what is long ends with how long it is. */
function fold(value: unknown, width: number): string {
  const marker = typeof value === "string" && /^\[(secret|unknown)\]$/.test(value);
  const text = marker ? value : JSON.stringify(value);
  if (text === undefined) return "";
  return text.length <= width ? text : `${text.slice(0, width - 1)}… (${text.length} characters)`;
}

/** `aws:lb/listenerRule:ListenerRule` is shown as `aws:lb:ListenerRule`. */
export function shortType(type: string): string {
  return type.replace(/^([^:]*:[^/:]*)\/[^:]*:/, "$1:");
}

/** URNs of what passes the test and of all its parents, which a tree needs to hang it on. */
function withParents(steps: readonly Step[], test: (step: Step) => boolean): Set<string> {
  const byUrn = new Map(steps.map((step) => [step.urn, step]));
  const visible = new Set<string>();
  for (const step of steps.filter(test)) {
    for (let each: Step | undefined = step; each !== undefined && !visible.has(each.urn); ) {
      visible.add(each.urn);
      each = each.parent === undefined ? undefined : byUrn.get(each.parent);
    }
  }
  return visible;
}

/** Each step below its parent's, in the order in which they came. */
function tree(steps: readonly Step[]): { step: Step; indent: number }[] {
  const urns = new Set(steps.map((step) => step.urn));
  const children = new Map<string | undefined, Step[]>();
  for (const step of steps) {
    const parent = step.parent !== undefined && urns.has(step.parent) ? step.parent : undefined;
    children.set(parent, [...(children.get(parent) ?? []), step]);
  }
  const below = (parent: string | undefined, indent: number): { step: Step; indent: number }[] => {
    const found = children.get(parent) ?? [];
    // Two steps can be about one URN; its children belong to the first.
    children.delete(parent);
    return found.flatMap((step) => [{ step, indent }, ...below(step.urn, indent + 2)]);
  };
  return below(undefined, 0);
}

function paint(text: string, color: Color, options: DisplayOptions): string {
  if (options.color !== true) return text;
  // The caller has looked at the stream already.
  return styleText(color, text, { validateStream: false });
}
