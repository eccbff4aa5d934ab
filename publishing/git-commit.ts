import { execFileSync } from "node:child_process";
import { relative } from "node:path";
import { PublishError } from "./publish-error";

const TIMEOUT_MS = 20_000;
const MAX_NAMED_FILES = 5;

/** Variables that git sets for hooks. They refer to the hook's repository. */
const HOOK_VARIABLE = /^GIT_(DIR|COMMON_DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|PREFIX)$/;

export interface CommitOptions {
  readonly programDirectory: string;
  /** New manifests in this folder do not count as changes of the sources. */
  readonly releasesDirectory: string;
  /** True if the working tree may differ from the commit. */
  readonly allowDirty: boolean;
}

/**
 * Returns the id of the checked-out commit.
 *
 * @throws PublishError if there is none, or if the working tree's sources differ from the commit
 */
export function checkedOutCommit({ programDirectory, releasesDirectory, allowDirty }: CommitOptions): string {
  let commit: string;
  try {
    commit = git(programDirectory, "rev-parse", "--verify", "HEAD^{commit}");
  } catch (error) {
    const [reason = ""] = String((error as { stderr?: unknown }).stderr ?? (error as Error).message).split(
      "\n",
    );
    throw new PublishError(
      `The program's folder must be in a git repository with a commit, got ${programDirectory} (${reason.trim()}). ` +
        "Publish from a checkout of the version's tag.",
    );
  }
  if (allowDirty) return commit;
  const releases = relative(git(programDirectory, "rev-parse", "--show-toplevel"), releasesDirectory);
  const outside = releases.startsWith("..") ? [] : [`:(top,exclude)${releases}`];
  const changed = git(programDirectory, "status", "--porcelain", "--", ":/", ...outside)
    .split("\n")
    .filter((line) => line !== "");
  if (changed.length === 0) return commit;
  const files = changed.slice(0, MAX_NAMED_FILES).map((line) => line.trim().replace(/^\S+\s+/, ""));
  const more = changed.length > MAX_NAMED_FILES ? ` and ${changed.length - MAX_NAMED_FILES} more` : "";
  throw new PublishError(
    `The working tree must be that of commit ${commit.slice(0, 12)}, got changes in ${files.join(", ")}${more}. ` +
      "Commit or stash them, or use --allow-dirty to publish a version that no commit can build again.",
  );
}

function git(directory: string, ...args: string[]): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !HOOK_VARIABLE.test(name)));
  return execFileSync("git", ["-C", directory, ...args], {
    encoding: "utf8",
    env: { ...env, LC_ALL: "C" },
    timeout: TIMEOUT_MS,
    stdio: ["ignore", "pipe", "pipe"],
  }).trimEnd();
}
