import { EngineInputError, ProgramError } from "../engine/engine";
import type { Graph } from "../engine/graph";
import { loadProject } from "../engine/project";
import { compareGraphs, emptyGraph } from "./comparison";
import { evaluateRevision, hasProgram } from "./evaluate-revision";
import { type Report, type ReportError, type Revision, reportOf, reportOfError } from "./report";
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
  caller: AbortSignal,
): Promise<Report> {
  const present = [head, base].find(hasProgram);
  if (present === undefined) {
    throw new UsageError("--program: there is no Pulumi.yaml in that folder in either revision.");
  }
  const project = projectName(present);
  const identity = { project, stack, base: label(base), head: label(head) };
  const empty = emptyGraph(project, stack);
  // What fails in one ends the other.
  const stop = new AbortController();
  const signal = AbortSignal.any([caller, stop.signal]);
  const attempt = async (revision: "base" | "head", graph: Promise<Graph>): Promise<Graph> => {
    try {
      return await graph;
    } catch (error) {
      throw stop.signal.aborted ? error : new RevisionError(revision, error);
    } finally {
      if (caller.aborted) stop.abort();
    }
  };
  const deployed = attempt(
    "base",
    hasProgram(base) ? evaluateRevision(base, { stack, signal }) : Promise.resolve(empty),
  );
  const wanted = attempt(
    "head",
    hasProgram(head) ? evaluateRevision(head, { stack, signal, deployed }) : Promise.resolve(empty),
  );
  deployed.catch(() => stop.abort());
  try {
    const [before, after] = await settled([deployed, wanted]);
    const scripts = { base: scriptsIn(before), head: scriptsIn(after) };
    return reportOf(compareGraphs(before, after, scripts), identity);
  } catch (error) {
    caller.throwIfAborted();
    if (!(error instanceof RevisionError)) throw error;
    const { outcome, ...what } = describe(error, error.revision === "base" ? base : head);
    return reportOfError(outcome, { revision: error.revision, ...what }, identity);
  }
}

/** Which of the two could not be evaluated, and why. */
class RevisionError extends Error {
  constructor(
    readonly revision: "base" | "head",
    readonly reason: unknown,
  ) {
    super(`The ${revision} revision cannot be evaluated.`);
  }
}

/** Words with which the program's own checks begin, when they are not caught by it. */
const REFUSALS = /^(InvalidArgumentError|RefusedError|ScriptError): /;
/** What no check of a config says. */
const FAILURES = /^(\w*Error: |Cannot find module |Transform failed |The program )|\bholds no program: /;

/** A program that says no is a result; one that breaks is an error, and so is a base that cannot be compared to. */
function describe(
  { revision, reason }: RevisionError,
  { root }: CheckedOut,
): Omit<ReportError, "revision"> & { outcome: "refused" | "broken" } {
  if (!(reason instanceof Error)) throw reason;
  const clean = (text: string) => text.replaceAll(`${root}/`, "").replaceAll(root, ".");
  const message = clean(reason.message);
  const refused = (isRefusal: boolean) => (isRefusal && revision === "head" ? "refused" : "broken");
  if (reason instanceof EngineInputError) return { outcome: refused(true), message, frames: [] };
  if (!(reason instanceof ProgramError)) throw reason;
  if (REFUSALS.test(message)) {
    return { outcome: refused(true), message: message.replace(REFUSALS, ""), frames: [] };
  }
  const frames = reason.frames.map(clean);
  return { outcome: refused(frames.length === 0 && !FAILURES.test(message)), message, frames };
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
