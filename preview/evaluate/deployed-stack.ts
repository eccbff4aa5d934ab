import { execFile } from "node:child_process";
import { isObject } from "../../aws/json-input";
import { EngineInputError } from "../../engine/program/program-error";
import { loadProject } from "../../engine/program/project";
import { loadStackConfig } from "../../engine/program/stack-config";
import type { Properties } from "../../engine/values/values";
import type { CheckedOut } from "../checkout/checked-out";
import { type FindingContent, warning } from "../findings/finding";
import { PreviewInputError } from "../preview-input-error";
import { enumerate } from "../wording";
import { type EvaluateStackOptions, evaluateOne, type StackEvaluation } from "./evaluate-stack";
import { emptyGraph } from "./evaluated";

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 64 * 1024 * 1024;

/** The settings that a release changes, and that may be deployed before they are committed. */
const RELEASE_SETTINGS = ["live", "canaryPercent", "blueVersion", "greenVersion", "idle", "contractThrough"];

/**
 * Reads the outputs of a deployed stack with the Pulumi CLI. Secrets stay masked, and the state is not changed.
 *
 * @param programDirectory the program's folder, where the CLI finds the project and the selected backend
 * @throws PreviewInputError if the CLI is missing, or cannot read the stack
 */
export function readDeployedOutputs(
  programDirectory: string,
  stack: string,
  signal: AbortSignal,
): Promise<Properties> {
  const args = ["stack", "output", "--json", "--non-interactive", "--stack", stack];
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const options = { cwd: programDirectory, env, timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES, signal };
  return new Promise((resolve, reject) =>
    execFile("pulumi", args, options, (error, stdout, stderr) => {
      if (signal.aborted) return reject(signal.reason);
      const fail = (problem: string) =>
        reject(
          new PreviewInputError(
            `--base stack must be a deployed stack whose outputs the Pulumi CLI can read, got ${stack}: ${problem} Log in to its backend, or compare with a revision.`,
          ),
        );
      if (error?.code === "ENOENT") return fail("pulumi is not on the PATH.");
      if (error) return fail(`${stderr.trim().split("\n")[0] ?? error.message}.`.replace(/\.\.$/, "."));
      const outputs = parseJson(stdout);
      return isObject(outputs) ? resolve(outputs as Properties) : fail("its outputs are no JSON object.");
    }),
  );
}

/** The commit of the last release in the outputs of a stack. */
export function deployedCommit({ release }: Properties): string | undefined {
  return isObject(release) && typeof release.commit === "string" ? release.commit : undefined;
}

/**
 * Evaluates the base revision as it is deployed: its program with the outputs of the deployed stack, and with the
 * settings of the release that these outputs record, instead of those of the stack's file.
 */
export async function evaluateDeployed(
  base: CheckedOut,
  outputs: Properties,
  options: EvaluateStackOptions,
): Promise<StackEvaluation> {
  const { project, stack } = options;
  const settings = releaseSettings(outputs);
  const deployed = Promise.resolve({ ...emptyGraph(project, stack), outputs });
  const evaluation = await evaluateOne("base", base, options, deployed, settings);
  if (evaluation.error !== undefined) return evaluation;
  return { ...evaluation, deployedOutputs: outputs, deployedSettings: settings };
}

/** The deployed settings; undefined values are not set. Empty for a program that records none. */
function releaseSettings({ release }: Properties): Record<string, string | undefined> {
  const recorded = isObject(release) ? release.settings : undefined;
  if (!isObject(recorded)) return {};
  return Object.fromEntries(
    RELEASE_SETTINGS.map((key) => {
      const value = recorded[key];
      return [key, value === undefined || value === null ? undefined : String(value)];
    }),
  );
}

/** The deployed settings that the base revision does not have, unless the head revision has them. */
export function deployedDifference(
  base: CheckedOut,
  head: CheckedOut,
  stack: string,
  settings: Readonly<Record<string, string | undefined>>,
): FindingContent | undefined {
  const [written, next] = [configOf(base, stack), configOf(head, stack)];
  const differing = Object.keys(settings).filter(
    (key) => key in written && written[key] !== settings[key] && next[key] !== settings[key],
  );
  if (differing.length === 0) return undefined;
  const details = differing.map(
    (key) => `${key}: ${settings[key] ?? "not set"} is deployed, ${base.ref} has ${written[key]}`,
  );
  const summary = `The deployed stack differs from ${base.ref} in ${enumerate(differing)}. This preview compares with the deployed stack; the update would set the values of the change.`;
  return {
    ...warning("not-deployed", summary, details),
    procedure: "The load balancer and the config do not agree",
  };
}

/** The config of the stack's file by key, without the namespace of the project. */
function configOf({ programDirectory }: CheckedOut, stack: string): Record<string, string> {
  try {
    const project = loadProject(programDirectory);
    const { values } = loadStackConfig(project, stack, { encrypted: "placeholder" });
    const own = `${project.name}:`;
    return Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        key.startsWith(own) ? key.slice(own.length) : key,
        value,
      ]),
    );
  } catch (error) {
    if (error instanceof EngineInputError) return {}; // The evaluation reports it.
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
