import { type ExecFileException, execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { type ReleaseControl, releaseControl } from "../traffic/control";
import {
  type DeployedRelease,
  parseDeployedRelease,
  parseRollbackOutput,
  type RollbackOutput,
} from "./deployed-release";

/** The outputs of a stack, as far as the commands of a release read them. */
export interface StackOutputs {
  readonly control: ReleaseControl;
  readonly release?: DeployedRelease;
  /** The reason why the output `release` cannot be used. An emergency needs the output `control` only. */
  readonly releaseProblem?: string;
  readonly rollback?: RollbackOutput;
}

/** Thrown if the outputs cannot be read, or lack what a command needs. */
export class StackOutputsError extends Error {
  override readonly name = "StackOutputsError";
}

export interface OutputsSource {
  readonly programDirectory: string;
  /** @default the selected stack */
  readonly stack?: string;
  /** A file with the result of `pulumi stack output --json`, for when Pulumi's backend cannot be reached. */
  readonly file?: string;
}

const TIMEOUT_MS = 20_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Reads the outputs of the last update, without a lock and without running the program. */
export async function readStackOutputs(source: OutputsSource): Promise<StackOutputs> {
  const text = source.file === undefined ? await runPulumi(source) : readFile(source.file);
  const from = source.file ?? "The stack's outputs";
  let outputs: Record<string, unknown>;
  try {
    outputs = (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch {
    throw new StackOutputsError(`${from} must be JSON, as \`pulumi stack output --json\` prints it.`);
  }
  return parseOutputs(outputs, from);
}

export function parseOutputs(outputs: Readonly<Record<string, unknown>>, from: string): StackOutputs {
  const control = releaseControl.safeParse(outputs.control);
  if (!control.success) {
    const [issue] = control.error.issues;
    const got = outputs.control === undefined ? "nothing" : `a wrong ${issue?.path.join(".") || "value"}`;
    throw new StackOutputsError(
      `${from} must have the output \`control\` of this program, got ${got}. ` +
        "Name the right stack with --stack; if its last update was made by an older program, run `pulumi up`.",
    );
  }
  return {
    control: control.data,
    ...readRelease(outputs.release),
    rollback: parseRollbackOutput(outputs.rollback),
  };
}

function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StackOutputsError(`--outputs must be a file that can be read, got ${file} (${code}).`);
  }
}

function runPulumi({ programDirectory, stack }: OutputsSource): Promise<string> {
  const args = ["stack", "output", "--json", "--non-interactive", ...(stack ? ["--stack", stack] : [])];
  const options = {
    cwd: programDirectory,
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_BYTES,
  };
  return new Promise((resolve, reject) => {
    execFile("pulumi", args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const cause = causeOf(error, stderr);
      reject(
        new StackOutputsError(
          `\`pulumi ${args.join(" ")}\` failed: ${cause}\n` +
            "Without Pulumi's backend, pass a saved result of `pulumi stack output --json` with --outputs FILE.",
        ),
      );
    });
  });
}

function causeOf(error: ExecFileException, stderr: string): string {
  if (error.killed) return `no result within ${TIMEOUT_MS / 1000} s`;
  if (error.code === "ENOENT") return "the Pulumi CLI is not on the PATH";
  return stderr.trim() || error.message;
}

function readRelease(output: unknown): Pick<StackOutputs, "release" | "releaseProblem"> {
  try {
    return { release: parseDeployedRelease(output) };
  } catch (error) {
    return { releaseProblem: (error as Error).message };
  }
}
