import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { devNull } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { PreviewInputError } from "../preview-input-error";
import type { CheckedOut } from "./checked-out";
import { commitOf } from "./commit";
import { NotInstalledError, provideDependencies } from "./dependencies";
import { git, gitSucceeds, runGit } from "./git";
import { CommandError } from "./run-command";
import { emptySubmodules, fillSubmodules } from "./submodules";
import { isTemporary, makeTemporaryFolder } from "./temporary-folder";

/** Folder of the content-keyed caches that programs write, see `build/`. */
const CACHE_FOLDER = ".changeover";

/** Checks out revisions in a temporary folder, and removes the checkouts at the end. */
export class Revisions {
  private readonly folder: string;
  private readonly atExit = () => this.dispose();

  private constructor(
    private readonly root: string,
    /** Path of the program's folder, relative to the root. */
    private readonly program: string,
    private readonly signal: AbortSignal,
    private readonly onProgress: (message: string) => void,
  ) {
    this.folder = makeTemporaryFolder();
    process.once("exit", this.atExit);
    this.removeDeadWorktrees();
  }

  /**
   * @param programDirectory Folder of the program. It may be missing in the working tree if a commit contains it.
   * @throws PreviewInputError if the folder is not in a git working tree, or if temporary files cannot be written
   */
  static open(
    programDirectory: string,
    signal: AbortSignal,
    onProgress: (message: string) => void,
  ): Revisions {
    const directory = resolve(programDirectory);
    const existing = nearestExisting(directory);
    const root = rootOf(existing, directory);
    const program = relative(root, join(realpathSync(existing), relative(existing, directory)));
    return new Revisions(root, program, signal, onProgress);
  }

  workingTree(): CheckedOut {
    const { root, program } = this;
    const programDirectory = join(root, program);
    const empty = emptySubmodules(root);
    return { ref: "working tree", root, workingTree: root, programDirectory, emptySubmodules: empty };
  }

  /**
   * Checks out a commit. If the dependencies of the base cannot be installed, the result has an `error`, because the
   * head can be previewed without the base.
   *
   * @throws PreviewInputError if git cannot check out the ref, or if the head's dependencies cannot be installed
   */
  async checkOut(option: "--base" | "--head", ref: string): Promise<CheckedOut> {
    const commit = commitOf(this.root, option, ref);
    const root = join(this.folder, option.slice(2));
    // With 0, git uses one worker per core; writing files takes most of the time. Hooks are disabled, because they
    // are meant for the user's own checkouts.
    const settings = ["-c", "checkout.workers=0", "-c", `core.hooksPath=${devNull}`];
    const add = [...settings, "worktree", "add", "--quiet", "--detach", root, commit];
    try {
      await runGit(this.root, add, this.signal);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const [first, ...more] = error.stderr.split("\n");
      const rest = more.length > 0 ? ` (and ${more.length} more lines)` : "";
      throw new PreviewInputError(
        `${option}: git cannot check out "${ref}": ${first}${rest}. It needs space in ${this.folder} and write access to .git.`,
      );
    }
    const { signal, onProgress } = this;
    const programDirectory = join(root, this.program);
    const empty = await fillSubmodules({ workingTree: this.root, commit, root }, signal);
    const folders = { root, programDirectory, workingTree: this.root };
    const checkedOut = { ref, commit, ...folders, emptySubmodules: empty };
    if (!existsSync(programDirectory)) return checkedOut;
    this.shareCache(root);
    this.shareIgnoredStackFiles(programDirectory);
    try {
      await provideDependencies({ option, root, programDirectory }, this.root, { signal, onProgress });
      return checkedOut;
    } catch (error) {
      if (!(error instanceof NotInstalledError)) throw error;
      const { message } = error;
      if (option === "--head") {
        const remedy = "Check the revision out, install, and start the preview there without --head.";
        throw new PreviewInputError(`${option}: ${message}\n${remedy}`);
      }
      return {
        ...checkedOut,
        error: { outcome: "failed", step: "install", message, issues: [], frames: [] },
      };
    }
  }

  /** Removes the checkouts, each in parallel, because removing their folders takes longer than writing them. */
  async close(): Promise<void> {
    const roots = ["base", "head"].map((name) => join(this.folder, name));
    const options = { recursive: true, force: true, maxRetries: 3 };
    // Errors are ignored here, because dispose() removes the remaining files and reports the error.
    await Promise.allSettled(roots.map((root) => rm(root, options)));
    this.dispose();
  }

  private dispose(): void {
    process.removeListener("exit", this.atExit);
    try {
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      this.onProgress(`The checkouts in ${this.folder} cannot be removed: ${(error as Error).message}`);
    }
    this.removeDeadWorktrees();
  }

  /** Shares the cache only if git ignores its folder, so that the working tree stays clean. */
  private shareCache(root: string): void {
    const program = join(this.root, this.program);
    const cache = join(program, CACHE_FOLDER);
    const link = join(root, this.program, CACHE_FOLDER);
    const isIgnored = () => gitSucceeds(this.root, "check-ignore", "--quiet", `${cache}/`);
    if (!existsSync(program) || !isIgnored() || existsSync(link)) return;
    try {
      mkdirSync(cache, { recursive: true });
    } catch (error) {
      this.onProgress(`The preview runs without its cache: ${(error as Error).message}`);
      return;
    }
    symlinkSync(cache, link);
  }

  /**
   * Copies stack files that git ignores. No commit contains them, so every revision uses those of the working tree.
   */
  private shareIgnoredStackFiles(programDirectory: string): void {
    const program = join(this.root, this.program);
    if (!existsSync(program)) return;
    for (const name of readdirSync(program)) {
      const [file, link] = [join(program, name), join(programDirectory, name)];
      if (!/^Pulumi\..+\.ya?ml$/.test(name) || existsSync(link)) continue;
      if (gitSucceeds(this.root, "check-ignore", "--quiet", file)) symlinkSync(file, link);
    }
  }

  /**
   * Removes git's entries of worktrees whose folder is gone: those of this preview, and of previews that were killed.
   */
  private removeDeadWorktrees(): void {
    const attempt = (...args: string[]) => {
      try {
        return git(this.root, "worktree", ...args);
      } catch {
        return ""; // Another preview has already removed the entry, or .git is read-only.
      }
    };
    for (const [, path = ""] of attempt("list", "--porcelain").matchAll(/^worktree (.+)$/gm)) {
      // The second --force removes worktrees that are still locked, because git was killed while it created them.
      if (isTemporary(path, this.folder) && !existsSync(path)) attempt("remove", "--force", "--force", path);
    }
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

/**
 * @param existing The folder, or its nearest parent that exists.
 * @param directory The folder that the user specified.
 */
function rootOf(existing: string, directory: string): string {
  try {
    return realpathSync(git(existing, "rev-parse", "--show-toplevel"));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const key = "--program must be a folder in a git working tree";
    if (/not a git repository/.test(error.stderr)) {
      throw new PreviewInputError(
        `${key}, got ${directory}. A preview compares two revisions of a repository.`,
      );
    }
    if (/must be run in a work tree/.test(error.stderr)) {
      throw new PreviewInputError(
        `${key}, got a bare repository or .git folder, ${directory}. Start the preview in a checkout.`,
      );
    }
    throw new PreviewInputError(`git cannot read the repository of ${directory}: ${error.stderr}`);
  }
}
