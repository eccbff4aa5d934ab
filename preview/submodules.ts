import { copyFileSync, existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { listed, listedUpTo } from "./comparison";
import { git, runGit } from "./git";
import { CommandError } from "./run";

/** Submodules that a note names. */
const NAMED = 20;

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
      const files = `--work-tree=${join(root, submodule)}`;
      const repository = `--git-dir=${git(clone, "rev-parse", "--absolute-git-dir")}`;
      rmSync(index, { force: true });
      try {
        const checkOut = [repository, files, "read-tree", "--reset", "-u", pinned];
        await runGit(clone, checkOut, signal, { GIT_INDEX_FILE: index });
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        empty.push(submodule); // The clone lacks the commit.
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
    if (!existsSync(folder) || readdirSync(folder).length === 0) return [submodule];
    return existsSync(join(folder, ".git")) ? emptySubmodules(workingTree, submodule) : [];
  });
}

/** Undefined where all that a program may read of submodules is there. */
export function noteOnSubmodules(base: readonly string[], head: readonly string[]): string | undefined {
  const paths = [...new Set([...base, ...head])].sort();
  if (paths.length === 0) return undefined;
  const where = (path: string) =>
    listed([...(base.includes(path) ? ["base"] : []), ...(head.includes(path) ? ["head"] : [])]);
  const names = paths.map((path) => `${path} (${where(path)})`);
  return (
    `Empty, because the working tree lacks them or their commit: the submodules ${listedUpTo(NAMED, names)}. What the ` +
    'program makes of their files is not seen. "git submodule update --init --recursive" fills a submodule, and ' +
    '"git fetch" in it gets its other commits.'
  );
}

/** Of what `ls-tree` and `ls-files` list. */
function linksIn(list: string): Link[] {
  return list.split("\0").flatMap((line) => {
    const [, commit = "", path = ""] = /^160000 (?:commit )?([0-9a-f]+)(?: \d)?\t(.+)$/s.exec(line) ?? [];
    return path === "" ? [] : [{ path, commit }];
  });
}
