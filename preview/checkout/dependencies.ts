import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type CommandError, run } from "./run-command";
import { SharedModules } from "./shared-modules";

const INSTALL_SECONDS = 300;
const LOCKFILES = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"];
const OF_NPM = ["package-lock.json", "npm-shrinkwrap.json"];
/** Lines of what npm says that are worth reading; after them come stacks and advice. */
const NPM_LINES = 8;

/** A revision's dependencies cannot be had. */
export class NotInstalledError extends Error {
  override readonly name = "NotInstalledError";
}

export interface Checkout {
  /** What the checkout is of, in the words of the command: `--base`. */
  readonly option: string;
  readonly root: string;
  readonly programDirectory: string;
}

/**
 * Gives a checkout every `node_modules` that its program may look into: the working tree's, where it was made from the
 * same lockfile (or, in a commit without one, from the same package.json); otherwise they are installed.
 * @throws NotInstalledError
 */
export async function provideDependencies(
  { option, root, programDirectory }: Checkout,
  workingTree: string,
  { signal, say }: { readonly signal: AbortSignal; readonly say: (message: string) => void },
): Promise<void> {
  const modules = new SharedModules(workingTree, root);
  // A lockfile speaks for the folders below it, up to the next one.
  let isShared = true;
  for (const folder of foldersBetween(root, programDirectory)) {
    const ours = join(workingTree, relative(root, folder));
    if (hasLockfile(folder) || hasLockfile(ours)) {
      // A lockfile that git ignores, or that is new, is in no commit: what was asked for has to do.
      const decisive = hasLockfile(folder) ? LOCKFILES : ["package.json"];
      isShared = areSame(decisive, folder, ours);
      const isInstalled =
        !existsSync(join(folder, "package.json")) || existsSync(join(folder, "node_modules"));
      if (!isShared && !isInstalled) await install(folder, option, signal, say);
    }
    if (isShared) modules.share(relative(root, folder));
  }
}

async function install(
  folder: string,
  option: string,
  signal: AbortSignal,
  say: (message: string) => void,
): Promise<void> {
  if (!OF_NPM.some((name) => existsSync(join(folder, name)))) {
    throw new NotInstalledError(
      hasLockfile(folder)
        ? "Its dependencies differ from those installed here, and a preview installs with npm alone."
        : "It has a package.json and, unlike the working tree, no lockfile that says what to install.",
    );
  }
  const command =
    "npm ci --ignore-scripts --prefer-offline --fetch-retries=1 --fetch-retry-mintimeout=1000 --no-audit --no-fund";
  say(`The lockfile of ${option} differs: ${command} (at most ${INSTALL_SECONDS} s) …`);
  const [manager = "", ...args] = command.split(" ");
  try {
    await run(manager, args, { cwd: folder, signal, seconds: INSTALL_SECONDS });
  } catch (error) {
    signal.throwIfAborted();
    throw new NotInstalledError(`Its dependencies cannot be installed: ${reason(error as CommandError)}`);
  }
}

function reason({ outcome, said }: CommandError): string {
  if (outcome === "late") return `npm ci took longer than ${INSTALL_SECONDS} s.`;
  if (outcome === "missing") return "npm is not on the PATH.";
  return relevantLines(said);
}

/** What npm says is wrong, without its stacks, its usage and where its log is. */
export function relevantLines(said: string): string {
  const lines = said
    .split("\n")
    .filter((line) => /^npm (error|ERR!)/.test(line))
    .map((line) => line.replace(/^npm (error|ERR!) ?/, "").trimEnd());
  const usage = lines.findIndex((line) => /^(Clean install a project|Usage:)/.test(line));
  const worth = (usage < 0 ? lines : lines.slice(0, usage)).filter(
    (line) =>
      line !== "" && !/^(\s*at |\s*[{}]|(code|errno|syscall|network) |A complete log of this run)/.test(line),
  );
  return (worth.length > 0 ? worth : said.trim().split("\n").slice(-NPM_LINES))
    .slice(0, NPM_LINES)
    .join("\n");
}

/** From the root down to the folder. */
function foldersBetween(root: string, folder: string): string[] {
  return folder === root ? [root] : [...foldersBetween(root, dirname(folder)), folder];
}

function hasLockfile(folder: string): boolean {
  return LOCKFILES.some((name) => existsSync(join(folder, name)));
}

/** Whether two folders have the same files of these names, or both have none. */
function areSame(names: readonly string[], a: string, b: string): boolean {
  const read = (file: string) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);
  return names.every((name) => read(join(a, name)) === read(join(b, name)));
}
