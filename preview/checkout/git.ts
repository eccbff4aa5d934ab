import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PreviewInputError } from "../preview-input-error";
import { type CommandError, commandError, OUTPUT_LIMIT_BYTES, runCommand } from "./run-command";

const CHECKOUT_TIMEOUT_SECONDS = 300;

/** Git sets these for hooks; with them, a preview inside a hook would work on the index of the user's commit. */
const HOOK_VARIABLE = /^GIT_(DIR|COMMON_DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|PREFIX)$/;
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !HOOK_VARIABLE.test(name))),
  LC_ALL: "C", // Error messages are parsed.
};

/** Git fails on a worktree's file that another git process has only half written. */
const HALF_WRITTEN = /failed to read \S*worktrees\//;
const MAX_ATTEMPTS = 25;
const RETRY_DELAY_MS = 20;

/**
 * Runs a short git command and returns its output.
 *
 * @throws CommandError, or a PreviewInputError when git is missing
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
 * @throws as `git` does, and the signal's reason
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
    ? new PreviewInputError("git must be on the PATH: a preview checks the revisions out with it.")
    : error;
}
