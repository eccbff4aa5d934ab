import type { CheckedOut } from "./checked-out";
import { git } from "./git";

export interface ChangedFile {
  /** Path relative to the root of the repository, with `/`. For a deleted file, its former path. */
  readonly path: string;
  readonly change: "added" | "modified" | "deleted";
  /** Path in the base of a file that was renamed, with or without changes. */
  readonly formerPath?: string;
}

/** The files in which the revisions differ, including files of a working tree that git does not ignore. */
export function changedFiles(base: CheckedOut, head: CheckedOut): ChangedFile[] {
  const { workingTree } = head;
  const revisions = [base.commit, head.commit].filter((commit) => commit !== undefined);
  const diff = git(
    workingTree,
    "diff",
    "--name-status",
    "-z",
    "--find-renames",
    "--no-ext-diff",
    ...revisions,
  );
  const changed = parseNameStatus(diff);
  if (head.commit !== undefined) return changed;
  const untracked = git(workingTree, "ls-files", "--others", "--exclude-standard", "-z", "--full-name");
  const added = untracked.split("\0").filter((path) => path !== "");
  return [...changed, ...added.map((path): ChangedFile => ({ path, change: "added" }))];
}

/** Parses the output of `git diff --name-status -z`: a status and a path each, or two paths after a rename. */
export function parseNameStatus(text: string): ChangedFile[] {
  const fields = text.split("\0");
  const changed: ChangedFile[] = [];
  for (let index = 0; index < fields.length; index++) {
    const status = fields[index] ?? "";
    const path = fields[index + 1];
    if (status === "" || path === undefined) continue;
    index += 1;
    if (/^[RC]/.test(status)) {
      index += 1;
      const next = fields[index] ?? path;
      changed.push({
        path: next,
        change: status.startsWith("C") ? "added" : "modified",
        ...(status.startsWith("R") ? { formerPath: path } : {}),
      });
    } else changed.push({ path, change: status === "A" ? "added" : status === "D" ? "deleted" : "modified" });
  }
  return changed;
}
