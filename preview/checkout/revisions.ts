import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { devNull } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { PreviewInputError } from "../preview-input-error";
import type { ReportError, Revision } from "../report/report";
import { commitOf } from "./commit";
import { NotInstalledError, provideDependencies } from "./dependencies";
import { git, gitAgrees, runGit } from "./git";
import { CommandError } from "./run-command";
import { emptySubmodules, fillSubmodules } from "./submodules";
import { isTemporary, makeTemporaryFolder } from "./temporary-folder";

/** A revision on disk. */
export interface CheckedOut extends Revision {
  /** The root of the files. */
  readonly root: string;
  /** The program's folder in them; it need not exist in every revision. */
  readonly programDirectory: string;
  /** The root of the working tree, whose packages it may share. */
  readonly workingTree: string;
  /** The submodules whose files are not there. */
  readonly emptySubmodules: readonly string[];
  /** Why its program cannot even be started. */
  readonly error?: ReportError;
}

/** Where a program keeps, by content, what takes long to find out: see `kept.ts`. */
const KEPT = ".changeover";

/** Checks revisions out beside the working tree, and takes all of it away again. */
export class Revisions {
  readonly #folder: string;
  readonly #atExit = () => this.dispose();

  private constructor(
    private readonly root: string,
    /** The program's folder, relative to the root. */
    private readonly program: string,
    private readonly signal: AbortSignal,
    private readonly say: (message: string) => void,
  ) {
    this.#folder = makeTemporaryFolder();
    process.once("exit", this.#atExit);
    this.#forgetWorktrees();
  }

  /**
   * The working tree may lack the program's folder: a commit may have it.
   * @throws PreviewInputError when the folder is in no working tree of git, or when there is no room beside it.
   */
  static open(programDirectory: string, signal: AbortSignal, say: (message: string) => void): Revisions {
    const directory = resolve(programDirectory);
    const existing = nearestExisting(directory);
    const root = rootOf(existing, directory);
    const program = relative(root, join(realpathSync(existing), relative(existing, directory)));
    return new Revisions(root, program, signal, say);
  }

  /** The files as they are, committed or not. */
  workingTree(): CheckedOut {
    const { root, program } = this;
    const programDirectory = join(root, program);
    const empty = emptySubmodules(root);
    return { ref: "working tree", root, workingTree: root, programDirectory, emptySubmodules: empty };
  }

  /**
   * A base without its dependencies is one that cannot be evaluated; there is a preview of the head all the same.
   * @throws PreviewInputError for a ref that git does not know or cannot check out, and for a head without its dependencies.
   */
  async checkOut(option: "--base" | "--head", ref: string): Promise<CheckedOut> {
    const commit = commitOf(this.root, option, ref);
    const root = join(this.#folder, option.slice(2));
    // As many writers as cores: most of the time goes by in making the files. The repository's hooks are for a checkout
    // that somebody works in.
    const settings = ["-c", "checkout.workers=0", "-c", `core.hooksPath=${devNull}`];
    const add = [...settings, "worktree", "add", "--quiet", "--detach", root, commit];
    try {
      await runGit(this.root, add, this.signal);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const [first, ...more] = error.said.split("\n");
      const rest = more.length > 0 ? ` (and ${more.length} lines more)` : "";
      throw new PreviewInputError(
        `${option}: git cannot check "${ref}" out: ${first}${rest}. It needs room in ${this.#folder} and writes to .git.`,
      );
    }
    const { signal, say } = this;
    const programDirectory = join(root, this.program);
    const empty = await fillSubmodules({ workingTree: this.root, commit, root }, signal);
    const place = { root, programDirectory, workingTree: this.root };
    const checkedOut = { ref, commit, ...place, emptySubmodules: empty };
    if (!existsSync(programDirectory)) return checkedOut;
    this.#shareWhatIsKept(root);
    this.#shareIgnoredStackFiles(programDirectory);
    try {
      await provideDependencies({ option, root, programDirectory }, this.root, { signal, say });
      return checkedOut;
    } catch (error) {
      if (!(error instanceof NotInstalledError)) throw error;
      const { message } = error;
      if (option === "--head") {
        const instead = "Check the revision out, install, and start the preview there without --head.";
        throw new PreviewInputError(`${option}: ${message}\n${instead}`);
      }
      return { ...checkedOut, error: { outcome: "broken", step: "install", message, frames: [] } };
    }
  }

  /** Takes everything away. Can be called at any time, also twice. */
  dispose(): void {
    process.removeListener("exit", this.#atExit);
    try {
      rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      this.say(`What was checked out could not be removed from ${this.#folder}: ${(error as Error).message}`);
    }
    this.#forgetWorktrees();
  }

  /** Another checkout would find out all of it again. Only where git ignores it, so that the working tree stays clean. */
  #shareWhatIsKept(root: string): void {
    const here = join(this.root, this.program);
    const kept = join(here, KEPT);
    const there = join(root, this.program, KEPT);
    if (
      !existsSync(here) ||
      !gitAgrees(this.root, "check-ignore", "--quiet", `${kept}/`) ||
      existsSync(there)
    )
      return;
    try {
      mkdirSync(kept, { recursive: true });
    } catch (error) {
      this.say(`What takes long is found out anew, as it cannot be kept: ${(error as Error).message}`);
      return;
    }
    symlinkSync(kept, there);
  }

  /** A stack's file that git ignores is in no revision, so all have it as it is. */
  #shareIgnoredStackFiles(there: string): void {
    const here = join(this.root, this.program);
    if (!existsSync(here)) return;
    for (const name of readdirSync(here)) {
      const [file, link] = [join(here, name), join(there, name)];
      if (!/^Pulumi\..+\.ya?ml$/.test(name) || existsSync(link)) continue;
      if (gitAgrees(this.root, "check-ignore", "--quiet", file)) symlinkSync(file, link);
    }
  }

  /** Has git forget the worktrees that are gone: ours, and those of previews that were killed. Nobody else's. */
  #forgetWorktrees(): void {
    const attempt = (...args: string[]) => {
      try {
        return git(this.root, "worktree", ...args);
      } catch {
        return ""; // Another preview was faster, or nothing can be written; then the next one does it.
      }
    };
    for (const [, path = ""] of attempt("list", "--porcelain").matchAll(/^worktree (.+)$/gm)) {
      // Killed while it was made, a worktree is locked: one force is for what it holds, the other for the lock.
      if (isTemporary(path, this.#folder) && !existsSync(path)) attempt("remove", "--force", "--force", path);
    }
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

/** @param directory what is asked for, to which `existing` is the way. */
function rootOf(existing: string, directory: string): string {
  try {
    return realpathSync(git(existing, "rev-parse", "--show-toplevel"));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (/not a git repository/.test(error.said)) {
      throw new PreviewInputError(
        `${directory} is in no git repository. A preview compares two revisions; start it inside of one.`,
      );
    }
    if (/must be run in a work tree/.test(error.said)) {
      throw new PreviewInputError(
        `${directory} is in a bare repository, or in the .git of one: there are no files. Start the preview in a checkout.`,
      );
    }
    throw new PreviewInputError(`git cannot read the repository of ${directory}: ${error.said}`);
  }
}
