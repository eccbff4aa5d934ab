import { copyFileSync, existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { git, runGit } from "./git";
import { CommandError } from "./run-command";

/** What git has of a submodule in the repository that it is in. */
interface Link {
  readonly path: string;
  readonly commit: string;
}

/**
 * Git checks a submodule out as an empty folder. Fills it, and those within, with what the working tree's clone of it has
 * of the commit. Resolves to the paths that stay empty.
 */
export async function fillSubmodules(
  { workingTree, commit, root }: { workingTree: string; commit: string; root: string },
  signal: AbortSignal,
): Promise<string[]> {
  // The clone's own says what is in the working tree.
  const index = `${root}.index`;
  const fill = async (below: string, of: string): Promise<string[]> => {
    const empty: string[] = [];
    const all = git(join(workingTree, below), "ls-tree", "-r", "-z", "--full-tree", of);
    for (const { path, commit: pinned } of linksIn(all)) {
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
        empty.push(submodule); // The clone lacks the commit, or is broken.
        continue;
      }
      // An archive of the whole folder has it, too.
      const mark = join(clone, ".git");
      if (statSync(mark).isFile()) copyFileSync(mark, join(root, submodule, ".git"));
      empty.push(...(await fill(submodule, pinned)));
    }
    return empty;
  };
  return fill("", commit);
}

/** The submodules of a working tree, and those within, that nobody has filled. */
export function emptySubmodules(workingTree: string, below = ""): string[] {
  const all = git(join(workingTree, below), "ls-files", "--stage", "-z");
  return linksIn(all).flatMap(({ path }) => {
    const submodule = join(below, path);
    const folder = join(workingTree, submodule);
    if (isEmpty(folder)) return [submodule];
    if (!existsSync(join(folder, ".git"))) return [];
    try {
      return emptySubmodules(workingTree, submodule);
    } catch (error) {
      if (error instanceof CommandError) return []; // A broken clone; its files are there.
      throw error;
    }
  });
}

function isEmpty(folder: string): boolean {
  const entry = statSync(folder, { throwIfNoEntry: false });
  return entry === undefined || (entry.isDirectory() && readdirSync(folder).length === 0);
}

/** Of what `ls-tree` and `ls-files` list. */
function linksIn(list: string): Link[] {
  return list.split("\0").flatMap((line) => {
    const [, commit = "", path = ""] = /^160000 (?:commit )?([0-9a-f]+)(?: \d)?\t(.+)$/s.exec(line) ?? [];
    return path === "" ? [] : [{ path, commit }];
  });
}
