import { styleText } from "node:util";
import { type ChangeCounts, countChanges, type Operation, type Step } from "../state/step";
import type { PropertyChange } from "../values/property-diff";
import type { UpdateResult } from "./engine";
import { readableFunctionError } from "./function-error";

export interface DisplayOptions {
  /**
   * `preview` describes planned changes, `update` describes finished changes.
   *
   * @default "preview"
   */
  readonly tense?: "preview" | "update";
  /**
   * Use terminal colors; see {@link wantsColor}.
   *
   * @default false
   */
  readonly color?: boolean;
  /**
   * `summary` prints only the counts, `changed` the changed resources with their properties, `full` all resources.
   *
   * @default "changed"
   */
  readonly detail?: "summary" | "changed" | "full";
  /**
   * Maximum width of a value, in characters.
   *
   * @default 80
   */
  readonly valueWidth?: number;
}

type TerminalColor = "green" | "yellow" | "red" | "magenta" | "dim" | "cyan";

const MARKS: Record<
  Operation,
  { readonly mark: string; readonly color: TerminalColor; readonly words: [string, string] }
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

/** Formats steps like `pulumi preview --diff`: a tree of resources with their changes, and a summary. */
export function displaySteps(steps: readonly Step[], options: DisplayOptions = {}): string {
  if (options.detail === "summary") return displaySummary(countChanges(steps), options);
  // A replacement is shown as one line, so the deletion of the replaced resource is shown only if it failed.
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

export function displayUpdate(result: Pick<UpdateResult, "steps">, options: DisplayOptions = {}): string {
  return displaySteps(result.steps, { tense: "update", ...options });
}

/** Formats counts, such as `Resources: + 3 created, ~ 1 updated, 40 unchanged`. */
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
  if (step.error !== undefined) {
    const [first = "", ...more] = readableFunctionError(step.error).split("\n");
    for (const line of [`error: ${first}`, ...more]) lines.push(inner + paint(line, "red", options));
  }
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

function fold(value: unknown, width: number): string {
  const marker = typeof value === "string" && /^\[(secret|unknown)\]$/.test(value);
  const text = marker ? value : JSON.stringify(value);
  if (text === undefined) return "";
  return text.length <= width ? text : `${text.slice(0, width - 1)}… (${text.length} characters)`;
}

/** Shortens `aws:lb/listenerRule:ListenerRule` to `aws:lb:ListenerRule`. */
export function shortType(type: string): string {
  return type.replace(/^([^:]*:[^/:]*)\/[^:]*:/, "$1:");
}

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

function tree(steps: readonly Step[]): { step: Step; indent: number }[] {
  const urns = new Set(steps.map((step) => step.urn));
  const children = new Map<string | undefined, Step[]>();
  for (const step of steps) {
    const parent = step.parent !== undefined && urns.has(step.parent) ? step.parent : undefined;
    children.set(parent, [...(children.get(parent) ?? []), step]);
  }
  const below = (parent: string | undefined, indent: number): { step: Step; indent: number }[] => {
    const found = children.get(parent) ?? [];
    // Two steps may have the same URN. The children are shown below the first of them only.
    children.delete(parent);
    return found.flatMap((step) => [{ step, indent }, ...below(step.urn, indent + 2)]);
  };
  return below(undefined, 0);
}

function paint(text: string, color: TerminalColor, options: DisplayOptions): string {
  if (options.color !== true) return text;
  return styleText(color, text, { validateStream: false });
}
