import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import type { Revision } from "./report";

const run = promisify(execFile);

/** Something asked for that cannot be done: a ref, a folder, an option, an installation. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A revision on disk. */
export interface CheckedOut extends Revision {
  /** The root of the files. */
  readonly root: string;
  /** The program's folder in them; it need not exist in every revision. */
  readonly programDirectory: string;
}

const INSTALL_SECONDS = 300;
/** Where a program keeps, by content, what takes long to find out: see `kept.ts`. */
const KEPT = ".changeover";
const LOCKFILES = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];

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
    this.#folder = makeFolder(join(realpathSync(tmpdir()), "changeover-preview-"));
    process.once("exit", this.#atExit);
  }

  /** @throws UsageError when the folder does not exist or is in no git repository. */
  static open(programDirectory: string, signal: AbortSignal, say: (message: string) => void): Revisions {
    if (!existsSync(programDirectory)) {
      throw new UsageError(
        `--program: ${programDirectory} does not exist. Give the folder of a Pulumi.yaml.`,
      );
    }
    const directory = realpathSync(programDirectory);
    let root: string;
    try {
      root = realpathSync(git(directory, "rev-parse", "--show-toplevel"));
    } catch (error) {
      const said = String((error as { stderr?: unknown }).stderr ?? "").trim();
      throw new UsageError(
        /not a git repository/.test(said)
          ? `${directory} is in no git repository. A preview compares two revisions; start it inside of one.`
          : `git cannot read the repository of ${directory}: ${said || String(error)}`,
      );
    }
    return new Revisions(root, relative(root, directory), signal, say);
  }

  /** The files as they are, committed or not. */
  workingTree(): CheckedOut {
    return { ref: "working tree", root: this.root, programDirectory: join(this.root, this.program) };
  }

  /** @throws UsageError for a ref that git does not know, or when its dependencies cannot be installed. */
  async checkOut(option: "--base" | "--head", ref: string): Promise<CheckedOut> {
    let commit: string;
    try {
      commit = git(this.root, "rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`);
    } catch {
      throw new UsageError(
        `${option}: git knows no commit "${ref}". Give a branch, a tag or a commit; fetch it first if it is not here.`,
      );
    }
    const root = join(this.#folder, option.slice(2));
    // As many writers as cores: most of the time goes by in making the files.
    const add = ["-c", "checkout.workers=0", "worktree", "add", "--quiet", "--detach", root, commit];
    await run("git", ["-C", this.root, ...add], { signal: this.signal });
    const programDirectory = join(root, this.program);
    if (existsSync(programDirectory)) {
      this.#shareWhatIsKept(root);
      await this.#provideDependencies(root, programDirectory, option);
    }
    return { ref, commit, root, programDirectory };
  }

  /** Takes everything away. Can be called at any time, also twice. */
  dispose(): void {
    process.removeListener("exit", this.#atExit);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    git(this.root, "worktree", "prune");
  }

  /** Another checkout would find out all of it again. Only where git ignores it, so that the working tree stays clean. */
  #shareWhatIsKept(root: string): void {
    const kept = join(this.root, this.program, KEPT);
    const there = join(root, this.program, KEPT);
    try {
      git(this.root, "check-ignore", "--quiet", `${kept}/`);
    } catch {
      return;
    }
    if (existsSync(there)) return;
    mkdirSync(kept, { recursive: true });
    symlinkSync(kept, there);
  }

  /** Every node_modules that the program may look into: the working tree's, when it was made from the same lockfile. */
  async #provideDependencies(root: string, programDirectory: string, option: string): Promise<void> {
    for (let folder = programDirectory; ; folder = dirname(folder)) {
      const modules = join(folder, "node_modules");
      const ours = join(this.root, relative(root, folder));
      if (existsSync(join(folder, "package.json")) && !existsSync(modules)) {
        if (sameLockfile(folder, ours)) {
          if (existsSync(join(ours, "node_modules")))
            symlinkSync(realpathSync(join(ours, "node_modules")), modules);
        } else await this.#install(folder, option);
      }
      if (folder === root) return;
    }
  }

  async #install(folder: string, option: string): Promise<void> {
    const lockfile = LOCKFILES.map((name) => join(folder, name)).find((file) => existsSync(file));
    const quick = ["--prefer-offline", "--fetch-retries=1", "--no-audit", "--no-fund"] as const;
    const [manager, ...args] = ["npm", "ci", "--ignore-scripts", ...quick] as const;
    if (lockfile === undefined || !/^(package-lock|npm-shrinkwrap)\.json$/.test(basename(lockfile))) {
      throw new UsageError(
        `${option}: its dependencies differ from those installed here, and only npm's are installed by a preview. ` +
          "Check the revision out, install, and start the preview there without --head.",
      );
    }
    this.say(
      `The lockfile of ${option} differs: ${manager} ${args.join(" ")} (at most ${INSTALL_SECONDS} s) …`,
    );
    try {
      await run(manager, args, { cwd: folder, signal: this.signal, timeout: INSTALL_SECONDS * 1000 });
    } catch (error) {
      this.signal.throwIfAborted();
      const { stderr = "", killed } = error as { stderr?: string; killed?: boolean };
      const why = killed
        ? `it took longer than ${INSTALL_SECONDS} s`
        : stderr.trim().split("\n").slice(-5).join("\n");
      throw new UsageError(`${option}: its dependencies cannot be installed: ${why}`);
    }
  }
}

/**
 * Its name is the same from one preview to the next, as tsx knows what it has compiled before by the path; it is another
 * one only beside a preview that still runs, or was killed.
 */
function makeFolder(prefix: string): string {
  for (let number = 1; number <= 8; number++) {
    try {
      mkdirSync(`${prefix}${number}`, { mode: 0o700 });
      return `${prefix}${number}`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  return mkdtempSync(prefix);
}

/** Whether two folders were installed from the same lockfiles; a folder without any has nothing to install. */
function sameLockfile(a: string, b: string): boolean {
  const read = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);
  return LOCKFILES.every((name) => read(join(a, name)) === read(join(b, name)));
}

function git(directory: string, ...args: string[]): string {
  return execFileSync("git", ["-C", resolve(directory), ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}
