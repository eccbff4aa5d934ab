import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import type { ChangedFile } from "../checkout/changed-files";

/** A migration script that the change adds, edits, renames or deletes. */
export interface ScriptChange {
  readonly kind: "added" | "edited" | "renamed" | "deleted";
  /** Path relative to the root of the repository; for a deleted script its former path. */
  readonly path: string;
  readonly formerPath?: string;
}

const OWN_NAME = /\.(expand|contract)\.sql$/i;
const MIGRATIONS_FOLDER = /(^|\/)(db|migrations?|migrate|flyway|schema[-_]changes)(\/|$)/i;
/** Scripts in these folders are never applied to a database of a stack. */
const TEST_FOLDER = /(^|\/)(tests?|__tests__|spec|fixtures|testdata|examples?|node_modules|dist)\//i;

/**
 * Finds the migration scripts among the changed files: those with the names of this project, all SQL files beside such
 * scripts, and those in a folder with a usual name.
 *
 * @param folders the folders that the program packs into its migration function, relative to the root
 */
export function scriptChanges(
  files: readonly ChangedFile[],
  roots: { readonly base: string; readonly head: string },
  folders: readonly string[],
): ScriptChange[] {
  const isScript = (path: string | undefined): path is string =>
    path !== undefined &&
    /\.sql$/i.test(path) &&
    !TEST_FOLDER.test(path) &&
    (OWN_NAME.test(path) || folders.includes(folderOf(path)) || MIGRATIONS_FOLDER.test(folderOf(path)));
  const changes = files.flatMap(({ path, change, formerPath }): ScriptChange[] => {
    if (isScript(formerPath) && isScript(path)) return [{ kind: "renamed", path, formerPath }];
    // A script that is moved to a place without migrations is deleted there.
    if (isScript(formerPath)) return [{ kind: "deleted", path: formerPath }];
    if (!isScript(path)) return [];
    return [
      {
        kind:
          change === "modified" && formerPath === undefined
            ? "edited"
            : change === "deleted"
              ? "deleted"
              : "added",
        path,
      },
    ];
  });
  return withRenames(changes, roots);
}

/** Git does not see that an untracked file is a renamed one, so files with the same content are matched here. */
function withRenames(
  changes: readonly ScriptChange[],
  roots: { readonly base: string; readonly head: string },
): ScriptChange[] {
  const added = changes.filter(({ kind }) => kind === "added");
  const renamed = new Map<string, string>();
  for (const { path } of changes.filter(({ kind }) => kind === "deleted")) {
    const text = read(join(roots.base, path));
    const next = added.find((each) => !renamed.has(each.path) && read(join(roots.head, each.path)) === text);
    if (next !== undefined && text !== undefined) renamed.set(next.path, path);
  }
  const former = new Set(renamed.values());
  return changes
    .filter(({ kind, path }) => !(kind === "deleted" && former.has(path)))
    .map((change): ScriptChange => {
      const formerPath = change.kind === "added" ? renamed.get(change.path) : undefined;
      return formerPath === undefined ? change : { kind: "renamed", path: change.path, formerPath };
    });
}

export function folderOf(path: string): string {
  return posix.dirname(path);
}

function read(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
