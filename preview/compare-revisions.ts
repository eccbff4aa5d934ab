import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import type { Graph } from "../engine/program/graph";
import { EngineInputError, ProgramError } from "../engine/program/program-error";
import { loadProject } from "../engine/program/project";
import type { CheckedOut, Revision, RevisionError } from "./checkout/checked-out";
import { compareGraphs } from "./compare/comparison";
import { environmentOf, withEnvironmentHint } from "./evaluate/environments";
import { evaluateRevision, hasProgram } from "./evaluate/evaluate-revision";
import { type EvaluatedRevision, emptyGraph } from "./evaluate/evaluated";
import { migrationScripts } from "./evaluate/migration-scripts";
import { PreviewInputError } from "./preview-input-error";
import { baseErrorReport, comparisonReport, headErrorReport } from "./report/build-report";
import type { Report, ReportIdentity } from "./report/report";
import { withRevisionNotes } from "./report/revision-notes";
import { settleBoth } from "./settle-both";

export interface CompareOptions {
  readonly stack: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
}

type Evaluation =
  | (EvaluatedRevision & { readonly error?: undefined })
  | { readonly graph?: undefined; readonly error: RevisionError };

/**
 * Evaluates both revisions in parallel, and reports the changes.
 *
 * @throws PreviewInputError if neither revision has the program or the stack
 */
export async function compareRevisions(
  base: CheckedOut,
  head: CheckedOut,
  { stack, timeoutSeconds, signal, onProgress }: CompareOptions,
): Promise<Report> {
  const present = [head, base].find(hasProgram);
  if (present === undefined) {
    const { workingTree, root, programDirectory } = base;
    const folder = join(workingTree, relative(root, programDirectory));
    throw new PreviewInputError(
      `--program must be a folder with a Pulumi.yaml in one of the revisions, got ${folder}. Give the program's folder, or start the preview there.`,
    );
  }
  checkStack(stack, [base, head].filter(hasProgram));
  const project = projectName(present);
  const identity = { project, stack, base: revisionOf(base), head: revisionOf(head) };
  const empty = emptyGraph(project, stack);
  const evaluateOne = async (
    name: "base" | "head",
    revision: CheckedOut,
    deployed?: Promise<Graph>,
  ): Promise<Evaluation> => {
    if (!hasProgram(revision)) return { graph: empty, providerConfig: {} };
    if (revision.error !== undefined) return { error: revision.error };
    const onInactive = (seconds: number) =>
      onProgress(
        `${name} (${revision.ref}): the program has registered nothing for ${seconds} s; ` +
          `it is stopped after ${timeoutSeconds} s (change with --timeout SECONDS).`,
      );
    try {
      return await evaluateRevision(revision, { stack, signal, deployed, timeoutSeconds, onInactive });
    } catch (error) {
      return { error: withEnvironmentHint(revisionError(error, revision), environmentOf(revision, stack)) };
    }
  };
  const evaluatedBase = evaluateOne("base", base);
  const evaluatedHead = evaluateOne(
    "head",
    head,
    evaluatedBase.then(({ graph }) => graph ?? empty),
  );
  const [before, after] = await settleBoth([evaluatedBase, evaluatedHead]);
  signal.throwIfAborted();
  return withRevisionNotes(reportOn(before, after, identity), { base, head, stack });
}

function reportOn(base: Evaluation, head: Evaluation, identity: ReportIdentity): Report {
  if (head.error !== undefined) return headErrorReport(head.error, base.error, identity);
  if (base.error !== undefined) return baseErrorReport(head.graph, base.error, identity);
  const scripts = { base: migrationScripts(base.graph), head: migrationScripts(head.graph) };
  const providerConfig = { base: base.providerConfig, head: head.providerConfig };
  return comparisonReport(compareGraphs(base.graph, head.graph, scripts, providerConfig), identity);
}

/** Converts an error of the program to a part of the report. All other errors are thrown again. */
function revisionError(reason: unknown, { root }: CheckedOut): RevisionError {
  if (!(reason instanceof EngineInputError || reason instanceof ProgramError)) throw reason;
  const withoutRoot = (text: string) => text.replaceAll(`${root}/`, "").replaceAll(root, ".");
  const isTimeout = reason instanceof ProgramError && reason.timedOut;
  const message =
    withoutRoot(reason.message) + (isTimeout ? "\nUse --timeout SECONDS for a longer limit." : "");
  const step = "evaluate";
  // An invalid project or stack file counts as rejected, like invalid config, because its author can correct it.
  if (reason instanceof EngineInputError) return { outcome: "rejected", step, message, frames: [] };
  const outcome = reason.rejected ? "rejected" : "failed";
  return { outcome, step, message, frames: reason.frames.map(withoutRoot) };
}

/** Rejects a stack without a file if other stacks have one, because its name is probably mistyped. */
function checkStack(stack: string, revisions: readonly CheckedOut[]): void {
  const known = revisions.flatMap(({ programDirectory }) =>
    readdirSync(programDirectory).flatMap((file) => /^Pulumi\.(.+)\.ya?ml$/.exec(file)?.[1] ?? []),
  );
  if (known.length === 0 || known.includes(stack)) return;
  const names = [...new Set(known)].sort().join(", ");
  throw new PreviewInputError(
    `--stack must be one of ${names}, got "${stack}". Neither revision has a Pulumi.${stack}.yaml.`,
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

function revisionOf({ ref, commit }: CheckedOut): Revision {
  return commit === undefined ? { ref } : { ref, commit };
}
