import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PreviewInputError } from "../preview-input-error";
import { type CommandError, commandError, OUTPUT_LIMIT_BYTES, run } from "./run-command";

const CHECKOUT_SECONDS = 300;

/** What git tells the hooks that it runs; in one, we would work on the index and the folder of somebody's commit. */
const OF_A_HOOK = /^GIT_(DIR|COMMON_DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|PREFIX)$/;
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !OF_A_HOOK.test(name))),
  LC_ALL: "C", // What git says is looked at.
};

/** Where several work on the worktrees of one repository, git gives up over what another one has half written. */
const HALF_WRITTEN = /failed to read \S*worktrees\//;
const TRIES = 25;
const BETWEEN_TRIES_MS = 20;

/** Asks git something short. @throws CommandError, and a PreviewInputError without git. */
export function git(directory: string, ...args: string[]): string {
  for (let tries = 1; ; tries++) {
    try {
      return execFileSync("git", ["-C", resolve(directory), ...args], {
        encoding: "utf8",
        env: environment,
        maxBuffer: OUTPUT_LIMIT_BYTES,
        stdio: ["ignore", "pipe", "pipe"],
      }).trim();
    } catch (thrown) {
      const error = withGit(commandError("git", thrown));
      if (tries === TRIES || !HALF_WRITTEN.test(error.message)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BETWEEN_TRIES_MS);
    }
  }
}

/** Has git do something that takes a while. @throws as `git` does, and the signal's reason. */
export async function runGit(
  directory: string,
  args: readonly string[],
  signal: AbortSignal,
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await run("git", ["-C", directory, ...args], {
        env: { ...environment, ...variables },
        seconds: CHECKOUT_SECONDS,
        signal,
      });
    } catch (thrown) {
      signal.throwIfAborted();
      const error = withGit(thrown as CommandError);
      if (tries === TRIES || !HALF_WRITTEN.test(error.message)) throw error;
      await sleep(BETWEEN_TRIES_MS, undefined, { signal });
    }
  }
}

/** Whether git says yes to a question that it answers by its status. */
export function gitAgrees(directory: string, ...args: string[]): boolean {
  try {
    git(directory, ...args);
    return true;
  } catch (error) {
    if (error instanceof PreviewInputError) throw error;
    return false;
  }
}

function withGit(error: CommandError): Error {
  return error.outcome === "missing"
    ? new PreviewInputError("git is not on the PATH; a preview has it check the revisions out.")
    : error;
}
