import { EngineInputError } from "../../engine/program/program-error";
import { loadProject } from "../../engine/program/project";
import { readEnvironment } from "../../engine/program/stack-config";
import type { CheckedOut } from "../checkout/revisions";
import { isObject, listed } from "../compare/comparison";
import type { Answer } from "../findings/registry";
import type { ReportError } from "../report/report";

/** The environments of Pulumi ESC that give a stack more values than its file has. */
export interface Environment {
  /** In words, and without any value. */
  readonly name: string;
  /** All that the stack's file says of them. */
  readonly content: string;
}

/** Undefined for a stack without; a file that cannot be read is told of by the evaluation. */
export function environmentOf({ programDirectory }: CheckedOut, stack: string): Environment | undefined {
  try {
    const written = readEnvironment(loadProject(programDirectory), stack);
    const name = nameOf(written);
    return name === "" ? undefined : { name, content: JSON.stringify(written) };
  } catch (error) {
    if (error instanceof EngineInputError) return undefined;
    throw error;
  }
}

/** `a/b and values of its own`; empty for none. */
function nameOf(written: unknown): string {
  const { imports, values } = isObject(written) ? written : { imports: written, values: undefined };
  const items: unknown[] = Array.isArray(imports) ? imports : [];
  const names = items.flatMap((item) => (isObject(item) ? Object.keys(item) : [String(item)]));
  return listed(values === undefined ? names : [...names, "values written in the stack's file"]);
}

/** What is not seen; undefined where neither revision has any. */
export function noteOnEnvironments(base?: Environment, head?: Environment): string | undefined {
  const named = [
    ...(base === undefined ? [] : [`${base.name} (base)`]),
    ...(head === undefined ? [] : [`${head.name} (head)`]),
  ];
  if (named.length === 0) return undefined;
  const names = base?.content === head?.content ? head?.name : listed(named);
  return `The stack's environments of Pulumi ESC are not asked, and their values are not seen: ${names}.`;
}

/** Values may change although the files say nothing of it; undefined where the environments stay. */
export function environmentAnswer(base?: Environment, head?: Environment): Answer | undefined {
  if (base?.content === head?.content) return undefined;
  const [before, after] = [base?.name ?? "none", head?.name ?? "none"];
  const what = before === after ? ` (${after})` : `, ${before} → ${after}`;
  const text = `The stack's environments of Pulumi ESC change${what}: the config and the credentials that they give are not seen, and what comes of that is not compared.`;
  return { topic: "provider", level: "attention", text, details: [] };
}

const MISSING = /^(Missing required configuration variable|Stack '.*' is missing configuration)/;

/** Says of a value that the program lacks where it may be. */
export function withHint(error: ReportError, environment: Environment | undefined): ReportError {
  if (environment === undefined || !MISSING.test(error.message)) return error;
  const hint = `The value may come from the stack's environments of Pulumi ESC (${environment.name}), which a preview does not ask. Give with --stack one whose file has it.`;
  return { ...error, message: `${error.message.trimEnd()}\n${hint}` };
}
