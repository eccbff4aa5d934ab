import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PreviewInputError } from "../preview-input-error";
import { type CommandError, commandError, OUTPUT_LIMIT_BYTES, runCommand } from "./run-command";

const CHECKOUT_TIMEOUT_SECONDS = 300;

/**
 * Variables that git sets for hooks. A preview that runs inside a hook must not use them, because it would write to
 * the index of the user's commit.
 */
const HOOK_VARIABLE = /^GIT_(DIR|COMMON_DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|PREFIX)$/;
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !HOOK_VARIABLE.test(name))),
  LC_ALL: "C", // The error messages are parsed, so they must be in English.
};

/** Git fails with this message while another git process writes the files of a worktree. */
const HALF_WRITTEN = /failed to read \S*worktrees\//;
const MAX_ATTEMPTS = 25;
const RETRY_DELAY_MS = 20;

/**
 * Runs a short git command and returns its output.
 *
 * @throws CommandError
 * @throws PreviewInputError if git is not installed
 */
export function git(directory: string, ...args: string[]): string {
  for (let attempt = 1; ; attempt++) {
    try {
      return execFileSync("git", ["-C", resolve(directory), ...args], {
        encoding: "utf8",
        env: environment,
        maxBuffer: OUTPUT_LIMIT_BYTES,
        stdio: ["ignore", "pipe", "pipe"],
      }).trim();
    } catch (thrown) {
      const error = gitError(commandError("git", thrown));
      if (attempt === MAX_ATTEMPTS || !HALF_WRITTEN.test(error.message)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_DELAY_MS);
    }
  }
}

/**
 * Runs a git command that may take long.
 *
 * @throws the errors of `git`, and the signal's abort reason
 */
export async function runGit(
  directory: string,
  args: readonly string[],
  signal: AbortSignal,
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runCommand("git", ["-C", directory, ...args], {
        env: { ...environment, ...variables },
        timeoutSeconds: CHECKOUT_TIMEOUT_SECONDS,
        signal,
      });
    } catch (thrown) {
      signal.throwIfAborted();
      const error = gitError(thrown as CommandError);
      if (attempt === MAX_ATTEMPTS || !HALF_WRITTEN.test(error.message)) throw error;
      await sleep(RETRY_DELAY_MS, undefined, { signal });
    }
  }
}

export function gitSucceeds(directory: string, ...args: string[]): boolean {
  try {
    git(directory, ...args);
    return true;
  } catch (error) {
    if (error instanceof PreviewInputError) throw error;
    return false;
  }
}

function gitError(error: CommandError): Error {
  return error.outcome === "missing"
    ? new PreviewInputError("git must be on the PATH, because a preview checks out revisions with it.")
    : error;
}
