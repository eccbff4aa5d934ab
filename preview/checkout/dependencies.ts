import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type CommandError, runCommand } from "./run-command";
import { SharedModules } from "./shared-modules";

const INSTALL_TIMEOUT_SECONDS = 300;
const LOCKFILES = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];
const NPM_LOCKFILES = ["package-lock.json", "npm-shrinkwrap.json"];
/** The first lines contain the cause; stack traces and advice follow. */
const MAX_NPM_LINES = 8;

export class NotInstalledError extends Error {
  override readonly name = "NotInstalledError";
}

export interface Checkout {
  /** The option that names the revision, such as `--base`. */
  readonly option: string;
  readonly root: string;
  readonly programDirectory: string;
}

/**
 * Provides every `node_modules` folder that the checkout's program may use.
 *
 * The folder is shared with the working tree if both have the same lockfile (or the same package.json, if the commit
 * has no lockfile). Otherwise the dependencies are installed.
 *
 * @throws NotInstalledError
 */
export async function provideDependencies(
  { option, root, programDirectory }: Checkout,
  workingTree: string,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (message: string) => void },
): Promise<void> {
  const modules = new SharedModules(workingTree, root);
  // A lockfile applies to its folder and to all folders below it, down to the next lockfile.
  let isShared = true;
  for (const folder of foldersBetween(root, programDirectory)) {
    const ours = join(workingTree, relative(root, folder));
    if (hasLockfile(folder) || hasLockfile(ours)) {
      // A commit has no lockfile if git ignores it, or if it was added later.
      const decisive = hasLockfile(folder) ? LOCKFILES : ["package.json"];
      isShared = areSame(decisive, folder, ours);
      const isInstalled =
        !existsSync(join(folder, "package.json")) || existsSync(join(folder, "node_modules"));
      if (!isShared && !isInstalled) await install(folder, option, signal, onProgress);
    }
    if (isShared) modules.share(relative(root, folder));
  }
}

async function install(
  folder: string,
  option: string,
  signal: AbortSignal,
  onProgress: (message: string) => void,
): Promise<void> {
  if (!NPM_LOCKFILES.some((name) => existsSync(join(folder, name)))) {
    throw new NotInstalledError(
      hasLockfile(folder)
        ? "Its dependencies differ from the installed ones, and a preview can only install with npm."
        : "It has a package.json and, unlike the working tree, no lockfile to install from.",
    );
  }
  const command =
    "npm ci --ignore-scripts --prefer-offline --fetch-retries=1 --fetch-retry-mintimeout=1000 --no-audit --no-fund";
  onProgress(`The lockfile of ${option} differs: ${command} (at most ${INSTALL_TIMEOUT_SECONDS} s) …`);
  const [manager = "", ...args] = command.split(" ");
  try {
    await runCommand(manager, args, { cwd: folder, signal, timeoutSeconds: INSTALL_TIMEOUT_SECONDS });
  } catch (error) {
    signal.throwIfAborted();
    throw new NotInstalledError(`Its dependencies cannot be installed: ${reason(error as CommandError)}`);
  }
}

function reason({ outcome, stderr }: CommandError): string {
  if (outcome === "timeout") return `npm ci took longer than ${INSTALL_TIMEOUT_SECONDS} s.`;
  if (outcome === "missing") return "npm is not on the PATH.";
  return relevantLines(stderr);
}

/** Extracts the cause from npm's error output: no stack traces, usage or log file. */
export function relevantLines(stderr: string): string {
  const lines = stderr
    .split("\n")
    .filter((line) => /^npm (error|ERR!)/.test(line))
    .map((line) => line.replace(/^npm (error|ERR!) ?/, "").trimEnd());
  const usage = lines.findIndex((line) => /^(Clean install a project|Usage:)/.test(line));
  const relevant = (usage < 0 ? lines : lines.slice(0, usage)).filter(
    (line) =>
      line !== "" && !/^(\s*at |\s*[{}]|(code|errno|syscall|network) |A complete log of this run)/.test(line),
  );
  return (relevant.length > 0 ? relevant : stderr.trim().split("\n").slice(-MAX_NPM_LINES))
    .slice(0, MAX_NPM_LINES)
    .join("\n");
}

function foldersBetween(root: string, folder: string): string[] {
  return folder === root ? [root] : [...foldersBetween(root, dirname(folder)), folder];
}

function hasLockfile(folder: string): boolean {
  return LOCKFILES.some((name) => existsSync(join(folder, name)));
}

/** True if both folders have the same content in these files. A file that is missing in both counts as the same. */
function areSame(names: readonly string[], a: string, b: string): boolean {
  const read = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);
  return names.every((name) => read(join(a, name)) === read(join(b, name)));
}
