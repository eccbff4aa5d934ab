import { EngineInputError, ProgramError } from "../engine/engine";
import type { Graph } from "../engine/graph";
import { loadProject } from "../engine/project";
import { compareGraphs, emptyGraph } from "./comparison";
import { evaluateRevision, hasProgram } from "./evaluate-revision";
import {
  type Report,
  type ReportError,
  type Revision,
  reportOf,
  reportOfError,
  reportOfHead,
} from "./report";
import { type CheckedOut, Revisions, UsageError } from "./revisions";
import { scriptsIn } from "./scripts";

export interface PreviewOptions {
  /** The revision that is deployed, or would be: a branch, a tag or a commit. */
  readonly base: string;
  /** The revision that is looked at. Default: the working tree, committed or not. */
  readonly head?: string;
  /** Default: `dev`. */
  readonly stack?: string;
  /** The folder of Pulumi.yaml. Default: where the process runs. */
  readonly program?: string;
  /** Ends everything; what was checked out is taken away. */
  readonly signal?: AbortSignal;
  /** Hears what takes long. */
  readonly say?: (message: string) => void;
}

/**
 * Says what going from one revision of a Pulumi program to another would do: no cloud, no state, no passphrase.
 * @throws UsageError for what cannot be compared, before anything is evaluated.
 */
export async function preview(options: PreviewOptions): Promise<Report> {
  const { stack = "dev", signal = new AbortController().signal, say = () => undefined } = options;
  const revisions = Revisions.open(options.program ?? process.cwd(), signal, say);
  try {
    const [base, head] = await settled([
      revisions.checkOut("--base", options.base),
      options.head === undefined ? revisions.workingTree() : revisions.checkOut("--head", options.head),
    ]);
    return await compareRevisions(base, head, stack, signal);
  } finally {
    revisions.dispose();
  }
}

async function compareRevisions(
  base: CheckedOut,
  head: CheckedOut,
  stack: string,
  signal: AbortSignal,
): Promise<Report> {
  const present = [head, base].find(hasProgram);
  if (present === undefined) {
    throw new UsageError("--program: there is no Pulumi.yaml in that folder in either revision.");
  }
  const project = projectName(present);
  const identity = { project, stack, base: label(base), head: label(head) };
  const empty = emptyGraph(project, stack);
  const attempt = async (revision: CheckedOut, deployed?: Promise<Graph>): Promise<Attempt> => {
    if (!hasProgram(revision)) return { graph: empty };
    try {
      return { graph: await evaluateRevision(revision, { stack, signal, deployed }) };
    } catch (error) {
      return { error: failureOf(error, revision) };
    }
  };
  const deployed = attempt(base);
  const wanted = attempt(
    head,
    deployed.then(({ graph }) => graph ?? empty),
  );
  const [before, after] = await settled([deployed, wanted]);
  signal.throwIfAborted();
  if (after.error !== undefined) return reportOfError(after.error, before.error, identity);
  if (before.error !== undefined) return reportOfHead(after.graph, before.error, identity);
  const scripts = { base: scriptsIn(before.graph), head: scriptsIn(after.graph) };
  return reportOf(compareGraphs(before.graph, after.graph, scripts), identity);
}

/** What evaluating a revision came to. */
type Attempt =
  | { readonly graph: Graph; readonly error?: undefined }
  | { readonly graph?: undefined; readonly error: ReportError };

/** A program that says no is a result, and so is one that breaks; what else went wrong is thrown on. */
function failureOf(reason: unknown, { root }: CheckedOut): ReportError {
  if (!(reason instanceof EngineInputError || reason instanceof ProgramError)) throw reason;
  const clean = (text: string) => text.replaceAll(`${root}/`, "").replaceAll(root, ".");
  const message = clean(reason.message);
  // What is wrong with the project's or the stack's file is for its author to read, as a refusal is.
  if (reason instanceof EngineInputError) return { outcome: "refused", message, frames: [] };
  return { outcome: reason.refused ? "refused" : "broken", message, frames: reason.frames.map(clean) };
}

function projectName({ programDirectory, root }: CheckedOut): string {
  try {
    return loadProject(programDirectory).name;
  } catch (error) {
    if (error instanceof EngineInputError) throw new UsageError(error.message.replaceAll(`${root}/`, ""));
    throw error;
  }
}

function label({ ref, commit }: CheckedOut): Revision {
  return commit === undefined ? { ref } : { ref, commit };
}

/** Waits for both, so that nothing goes on behind an error; then throws the first one. */
async function settled<A, B>(promises: [A | Promise<A>, B | Promise<B>]): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled(promises);
  if (a.status === "rejected") throw a.reason;
  if (b.status === "rejected") throw b.reason;
  return [a.value, b.value];
}
