import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import type { Graph } from "../engine/program/graph";
import { EngineInputError, ProgramError } from "../engine/program/program-error";
import { loadProject } from "../engine/program/project";
import type { CheckedOut } from "./checkout/revisions";
import { settled } from "./common/settle-both";
import { compareGraphs, emptyGraph } from "./compare/comparison";
import { environmentOf, withHint } from "./evaluate/environments";
import { type Evaluated, evaluateRevision, hasProgram } from "./evaluate/evaluate-revision";
import { scriptsIn } from "./evaluate/migration-scripts";
import { PreviewInputError } from "./preview-input-error";
import {
  type Identity,
  type Report,
  type ReportError,
  type Revision,
  reportOf,
  reportOfError,
  reportOfHead,
} from "./report/report";
import { withLimits } from "./report/revision-notes";

export interface CompareOptions {
  readonly stack: string;
  /** Longest time that a program may go on without asking for a resource. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** Hears of a program that takes long. */
  readonly say: (message: string) => void;
}

/** Evaluates both and compares what they declare. */
export async function compareRevisions(
  base: CheckedOut,
  head: CheckedOut,
  { stack, timeoutSeconds, signal, say }: CompareOptions,
): Promise<Report> {
  const present = [head, base].find(hasProgram);
  if (present === undefined) {
    const { workingTree, root, programDirectory } = base;
    const folder = join(workingTree, relative(root, programDirectory));
    throw new PreviewInputError(
      `In neither revision is there a Pulumi.yaml in ${folder}. Give the program's folder as --program DIR, or start the preview there.`,
    );
  }
  checkStack(stack, [base, head].filter(hasProgram));
  const project = projectName(present);
  const identity = { project, stack, base: label(base), head: label(head) };
  const empty = emptyGraph(project, stack);
  const attempt = async (
    name: "base" | "head",
    revision: CheckedOut,
    deployed?: Promise<Graph>,
  ): Promise<Attempt> => {
    if (!hasProgram(revision)) return { graph: empty };
    if (revision.error !== undefined) return { error: revision.error };
    const onQuiet = (seconds: number) => {
      const who = `The program of ${name} (${revision.ref})`;
      const limit = `it is given up after ${timeoutSeconds} s (--timeout SECONDS changes that)`;
      say(`${who} still runs and has asked for nothing for ${seconds} s; ${limit}.`);
    };
    try {
      return await evaluateRevision(revision, { stack, signal, deployed, timeoutSeconds, onQuiet });
    } catch (error) {
      return { error: withHint(failureOf(error, revision), environmentOf(revision, stack)) };
    }
  };
  const deployed = attempt("base", base);
  const wanted = attempt(
    "head",
    head,
    deployed.then(({ graph }) => graph ?? empty),
  );
  const [before, after] = await settled([deployed, wanted]);
  signal.throwIfAborted();
  return withLimits(reportOn(before, after, identity), { base, head, stack });
}

function reportOn(before: Attempt, after: Attempt, identity: Identity): Report {
  if (after.error !== undefined) return reportOfError(after.error, before.error, identity);
  if (before.error !== undefined) return reportOfHead(after.graph, before.error, identity);
  const scripts = { base: scriptsIn(before.graph), head: scriptsIn(after.graph) };
  const providerConfig = { base: before.providerConfig ?? {}, head: after.providerConfig ?? {} };
  return reportOf(compareGraphs(before.graph, after.graph, scripts, providerConfig), identity);
}

/** What evaluating a revision came to. */
type Attempt =
  | (Partial<Evaluated> & { readonly graph: Graph; readonly error?: undefined })
  | { readonly graph?: undefined; readonly error: ReportError };

/** A program that says no is a result, and so is one that breaks; what else went wrong is thrown on. */
function failureOf(reason: unknown, { root }: CheckedOut): ReportError {
  if (!(reason instanceof EngineInputError || reason instanceof ProgramError)) throw reason;
  const clean = (text: string) => text.replaceAll(`${root}/`, "").replaceAll(root, ".");
  const isLate = reason instanceof ProgramError && reason.timedOut;
  const message = clean(reason.message) + (isLate ? "\n--timeout SECONDS gives it longer." : "");
  const step = "evaluate";
  // What is wrong with the project's or the stack's file is for its author to read, as a refusal is.
  if (reason instanceof EngineInputError) return { outcome: "refused", step, message, frames: [] };
  return { outcome: reason.rejected ? "refused" : "broken", step, message, frames: reason.frames.map(clean) };
}

/** A stack needs no file, but where others have one, a name without is probably mistyped. */
function checkStack(stack: string, revisions: readonly CheckedOut[]): void {
  const known = revisions.flatMap(({ programDirectory }) =>
    readdirSync(programDirectory).flatMap((file) => /^Pulumi\.(.+)\.ya?ml$/.exec(file)?.[1] ?? []),
  );
  if (known.length === 0 || known.includes(stack)) return;
  const names = [...new Set(known)].sort().join(", ");
  throw new PreviewInputError(
    `--stack: got "${stack}", and there is no Pulumi.${stack}.yaml in either revision; allowed is ${names}.`,
  );
}

function projectName({ programDirectory, root }: CheckedOut): string {
  try {
    return loadProject(programDirectory).name;
  } catch (error) {
    if (error instanceof EngineInputError)
      throw new PreviewInputError(error.message.replaceAll(`${root}/`, ""));
    throw error;
  }
}

function label({ ref, commit }: CheckedOut): Revision {
  return commit === undefined ? { ref } : { ref, commit };
}
