import { copyFileSync, existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { git, runGit } from "./git";
import { CommandError } from "./run-command";

interface SubmoduleLink {
  readonly path: string;
  readonly commit: string;
}

/**
 * Fills the folders of submodules, which are empty in a checkout, with files from the working tree's clones. Nested
 * submodules are included.
 *
 * @returns The folders that stay empty, because the working tree has no clone or the clone lacks the commit.
 */
export async function fillSubmodules(
  { workingTree, commit, root }: { workingTree: string; commit: string; root: string },
  signal: AbortSignal,
): Promise<string[]> {
  // A separate index file, because the clone's own index describes the working tree.
  const index = `${root}.index`;
  const fill = async (below: string, treeish: string): Promise<string[]> => {
    const empty: string[] = [];
    const all = git(join(workingTree, below), "ls-tree", "-r", "-z", "--full-tree", treeish);
    for (const { path, commit: pinned } of submoduleLinks(all)) {
      const submodule = join(below, path);
      const clone = join(workingTree, submodule);
      if (!existsSync(join(clone, ".git"))) {
        empty.push(submodule);
        continue;
      }
      rmSync(index, { force: true });
      try {
        const repository = `--git-dir=${git(clone, "rev-parse", "--absolute-git-dir")}`;
        const files = `--work-tree=${join(root, submodule)}`;
        const checkOut = [repository, files, "read-tree", "--reset", "-u", pinned];
        await runGit(clone, checkOut, signal, { GIT_INDEX_FILE: index });
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        empty.push(submodule); // The clone is broken or lacks the commit.
        continue;
      }
      // The `.git` file is copied as well, because an archive of the folder contains it and would otherwise change.
      const dotGit = join(clone, ".git");
      if (statSync(dotGit).isFile()) copyFileSync(dotGit, join(root, submodule, ".git"));
      empty.push(...(await fill(submodule, pinned)));
    }
    return empty;
  };
  return fill("", commit);
}

/** Finds the submodules that are not checked out in a working tree, including nested ones. */
export function emptySubmodules(workingTree: string, below = ""): string[] {
  const all = git(join(workingTree, below), "ls-files", "--stage", "-z");
  return submoduleLinks(all).flatMap(({ path }) => {
    const submodule = join(below, path);
    const folder = join(workingTree, submodule);
    if (isEmpty(folder)) return [submodule];
    if (!existsSync(join(folder, ".git"))) return [];
    try {
      return emptySubmodules(workingTree, submodule);
    } catch (error) {
      if (error instanceof CommandError) return []; // The clone is broken, but its files exist.
      throw error;
    }
  });
}

function isEmpty(folder: string): boolean {
  const entry = statSync(folder, { throwIfNoEntry: false });
  return entry === undefined || (entry.isDirectory() && readdirSync(folder).length === 0);
}

/** Parses the output of `ls-tree` and `ls-files`. */
function submoduleLinks(list: string): SubmoduleLink[] {
  return list.split("\0").flatMap((line) => {
    const [, commit = "", path = ""] = /^160000 (?:commit )?([0-9a-f]+)(?: \d)?\t(.+)$/s.exec(line) ?? [];
    return path === "" ? [] : [{ path, commit }];
  });
}
