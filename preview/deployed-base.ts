import { readdirSync } from "node:fs";
import { EngineInputError } from "../engine/program/program-error";
import { loadProject, type Project } from "../engine/program/project";
import type { Properties } from "../engine/values/values";
import type { CheckedOut } from "./checkout/checked-out";
import { deployedCommit, evaluateDeployed, readDeployedOutputs } from "./evaluate/deployed-stack";
import type { EvaluateStackOptions, StackEvaluation } from "./evaluate/evaluate-stack";
import { PreviewInputError } from "./preview-input-error";

type Common = Pick<EvaluateStackOptions, "timeoutSeconds" | "signal" | "onProgress">;
type DeployedOf = (stack: string) => Promise<StackEvaluation> | undefined;

/** The revision of the base's program, and the deployed stacks if they count as the base. */
export interface BaseSource {
  readonly revision: string;
  readonly deployed?: (base: CheckedOut, common: Common) => DeployedOf;
}

interface DeployedBaseOptions {
  readonly programDirectory: string;
  readonly stacks?: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Reads the deployed stacks for a base `stack` or `stack:<revision>`. Any other base is a revision.
 *
 * @throws PreviewInputError if a stack cannot be read, or if the outputs do not name one commit
 */
export async function deployedBase(base: string, options: DeployedBaseOptions): Promise<BaseSource> {
  const [, revision] = /^stack(?::(.+))?$/.exec(base) ?? [];
  if (base !== "stack" && revision === undefined) return { revision: base };
  const { programDirectory, signal } = options;
  const { name: project, stackConfigDirectory } = projectOf(programDirectory);
  const stacks = options.stacks ?? stacksOf(stackConfigDirectory);
  const outputs = new Map<string, Properties>();
  for (const stack of stacks) outputs.set(stack, await readDeployedOutputs(programDirectory, stack, signal));
  return {
    revision: revision ?? recordedCommit(outputs),
    deployed: (checkedOut, common) => (stack) => {
      const own = outputs.get(stack);
      return own && evaluateDeployed(checkedOut, own, { project, stack, ...common });
    },
  };
}

function projectOf(programDirectory: string): Project {
  try {
    return loadProject(programDirectory);
  } catch (error) {
    throw error instanceof EngineInputError ? new PreviewInputError(error.message) : error;
  }
}

function stacksOf(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => /^Pulumi\.(.+)\.ya?ml$/.exec(name)?.[1] ?? []);
}

function recordedCommit(outputs: ReadonlyMap<string, Properties>): string {
  const commits = new Set([...outputs.values()].map(deployedCommit));
  const [commit] = commits;
  if (commits.size === 1 && commit !== undefined) return commit;
  const got = [...outputs].map(([stack, each]) => `${stack}: ${deployedCommit(each) ?? "none"}`).join(", ");
  throw new PreviewInputError(
    `--base stack needs one commit in the outputs of the stacks, got ${got}. Name the revision of the deployed program, such as --base stack:main, or preview one stack with --stack.`,
  );
}
