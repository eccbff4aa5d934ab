import type { Graph } from "../../engine/program/graph";
import { EngineInputError, ProgramError } from "../../engine/program/program-error";
import type { Properties } from "../../engine/values/values";
import type { CheckedOut, RevisionError } from "../checkout/checked-out";
import { settleBoth } from "../settle-both";
import { environmentOf, withEnvironmentHint } from "./environments";
import { evaluateRevision, hasProgram } from "./evaluate-revision";
import { type EvaluatedRevision, emptyGraph } from "./evaluated";

/** Facts about the deployed stack itself, if it could be read. */
export interface DeployedFacts {
  /** The outputs of its last update. */
  readonly deployedOutputs?: Properties;
  /** The settings of its last release; undefined values are not set. */
  readonly deployedSettings?: Readonly<Record<string, string | undefined>>;
}

export type StackEvaluation =
  | (EvaluatedRevision & DeployedFacts & { readonly error?: undefined })
  | { readonly graph?: undefined; readonly error: RevisionError };

export interface EvaluateStackOptions {
  readonly project: string;
  readonly stack: string;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (message: string) => void;
  /**
   * The evaluation that counts as deployed.
   *
   * @default the base revision is evaluated
   */
  readonly deployed?: Promise<StackEvaluation>;
}

/** Evaluates both revisions of one stack in parallel. The head's program reads the base's outputs as its previous ones. */
export async function evaluateStack(
  base: CheckedOut,
  head: CheckedOut,
  options: EvaluateStackOptions,
): Promise<[StackEvaluation, StackEvaluation]> {
  const { project, stack, signal } = options;
  const empty = emptyGraph(project, stack);
  const evaluatedBase = options.deployed ?? evaluateOne("base", base, options);
  const deployed = evaluatedBase.then((evaluation) =>
    evaluation.graph === undefined
      ? empty
      : { ...evaluation.graph, outputs: evaluation.deployedOutputs ?? evaluation.graph.outputs },
  );
  const evaluations = await settleBoth([evaluatedBase, evaluateOne("head", head, options, deployed)]);
  signal.throwIfAborted();
  return evaluations;
}

export async function evaluateOne(
  name: "base" | "head",
  revision: CheckedOut,
  { project, stack, timeoutSeconds, signal, onProgress }: EvaluateStackOptions,
  deployed?: Promise<Graph>,
  overrides?: Readonly<Record<string, string | undefined>>,
): Promise<StackEvaluation> {
  if (!hasProgram(revision)) return { graph: emptyGraph(project, stack), providerConfig: {} };
  if (revision.error !== undefined) return { error: revision.error };
  const onInactive = (seconds: number) =>
    onProgress(
      `${name} (${revision.ref}), stack ${stack}: the program has registered nothing for ${seconds} s; ` +
        `it is stopped after ${timeoutSeconds} s (change with --timeout SECONDS).`,
    );
  try {
    return await evaluateRevision(revision, {
      stack,
      signal,
      deployed,
      timeoutSeconds,
      onInactive,
      overrides,
    });
  } catch (error) {
    return { error: withEnvironmentHint(revisionError(error, revision), environmentOf(revision, stack)) };
  }
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
  if (reason instanceof EngineInputError) {
    return { outcome: "rejected", step, message, issues: [{ text: message }], frames: [] };
  }
  const outcome = reason.rejected ? "rejected" : "failed";
  const issues = reason.issues.map(({ text, ...issue }) => ({ ...issue, text: withoutRoot(text) }));
  return { outcome, step, message, issues, frames: reason.frames.map(withoutRoot) };
}
