import { type Dirent, existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";

const NODE_MODULES = "node_modules";

/**
 * Links the installed packages of the working tree into a checkout. Packages of the repository itself (workspaces,
 * `file:` dependencies) are linked to the checkout's own files.
 */
export class SharedModules {
  constructor(
    private readonly workingTree: string,
    private readonly checkout: string,
  ) {}

  /**
   * Links the packages of one folder.
   *
   * @param folder Path relative to both roots.
   */
  share(folder: string): void {
    const there = join(this.workingTree, folder, NODE_MODULES);
    const here = join(this.checkout, folder, NODE_MODULES);
    if (!existsSync(there) || !existsSync(dirname(here)) || existsSync(here)) return;
    const installed = realpathSync(there);
    const own = new Map<string, string>();
    for (const [name, entry] of packagesIn(installed)) {
      const target = entry.isSymbolicLink() ? this.repositoryPath(join(installed, name)) : undefined;
      if (target !== undefined) own.set(name, target);
    }
    if (own.size === 0) {
      symlinkSync(installed, here);
      return;
    }
    this.linkEach(installed, here, own);
    for (const target of own.values()) this.share(target);
  }

  /**
   * Creates a `node_modules` folder with one link for each package. A scope that contains packages of the repository
   * becomes a folder of links, too.
   */
  private linkEach(installed: string, here: string, own: ReadonlyMap<string, string>): void {
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

  /** Path inside the repository to which a link points; undefined if the target is outside or in `node_modules`. */
  private repositoryPath(link: string): string | undefined {
    if (!existsSync(link)) return undefined;
    const path = relative(this.workingTree, realpathSync(link));
    if (path === "" || path.startsWith("..") || resolve(path) === path) return undefined;
    return path.split(sep).includes(NODE_MODULES) ? undefined : path;
  }
}

/** The packages in a `node_modules` folder. Names of scoped packages are `@scope/name`. */
function packagesIn(modules: string): [name: string, entry: Dirent][] {
  return readdirSync(modules, { withFileTypes: true }).flatMap((entry): [string, Dirent][] => {
    const { name } = entry;
    if (!name.startsWith("@") || !entry.isDirectory()) return [[name, entry]];
    const scoped = readdirSync(join(modules, name), { withFileTypes: true });
    return scoped.map((each) => [join(name, each.name), each]);
  });
}
