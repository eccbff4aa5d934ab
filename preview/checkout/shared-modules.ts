import { type Dirent, existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

const MODULES = "node_modules";

/**
 * Lets a checkout use what is installed in the working tree. What a package manager linked into the repository itself
 * (workspaces, `file:` dependencies) is the checkout's own there, and so is what is installed for that.
 */
export class SharedModules {
  constructor(
    /** The roots of both, as real paths. */
    private readonly workingTree: string,
    private readonly checkout: string,
  ) {}

  /** Gives a folder of the checkout the packages that the same folder has in the working tree. */
  share(folder: string): void {
    const there = join(this.workingTree, folder, MODULES);
    const here = join(this.checkout, folder, MODULES);
    if (!existsSync(there) || !existsSync(dirname(here)) || existsSync(here)) return;
    const installed = realpathSync(there);
    const own = new Map<string, string>();
    for (const [name, entry] of packagesIn(installed)) {
      const target = entry.isSymbolicLink() ? this.#inRepository(join(installed, name)) : undefined;
      if (target !== undefined) own.set(name, target);
    }
    if (own.size === 0) {
      symlinkSync(installed, here);
      return;
    }
    this.#linkEach(installed, here, own);
    for (const target of own.values()) this.share(target);
  }

  /** A folder of links, where a scope with packages of the repository is one itself. */
  #linkEach(installed: string, here: string, own: ReadonlyMap<string, string>): void {
    const mixed = new Set([...own.keys()].map(dirname).filter((scope) => scope !== "."));
    const link = (name: string) => {
      const target = own.get(name);
      symlinkSync(
        target === undefined ? join(installed, name) : join(this.checkout, target),
        join(here, name),
      );
    };
    mkdirSync(here);
    for (const name of readdirSync(installed)) {
      if (!mixed.has(name)) {
        link(name);
        continue;
      }
      mkdirSync(join(here, name));
      for (const each of readdirSync(join(installed, name))) link(join(name, each));
    }
  }

  /** Where in the repository a link leads, if it does, and not to something that is installed there. */
  #inRepository(link: string): string | undefined {
    if (!existsSync(link)) return undefined;
    const path = relative(this.workingTree, realpathSync(link));
    if (path === "" || path.startsWith("..") || resolve(path) === path) return undefined;
    return path.split(sep).includes(MODULES) ? undefined : path;
  }
}

/** What lies in a folder of modules, those with a scope as `@scope/name`. */
function packagesIn(modules: string): [name: string, entry: Dirent][] {
  return readdirSync(modules, { withFileTypes: true }).flatMap((entry): [string, Dirent][] => {
    const { name } = entry;
    if (!name.startsWith("@") || !entry.isDirectory()) return [[name, entry]];
    const scope = readdirSync(join(modules, name), { withFileTypes: true });
    return scope.map((each) => [join(name, each.name), each]);
  });
}
