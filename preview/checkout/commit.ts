import { PreviewInputError } from "../preview-input-error";
import { git, gitSucceeds } from "./git";
import { CommandError } from "./run-command";

const VERIFY = ["rev-parse", "--verify", "--quiet", "--end-of-options"] as const;

/**
 * Resolves a ref to its commit.
 *
 * @param option The option that contains the ref, such as `--base`.
 * @throws PreviewInputError if the commit is missing. The message has the command that fetches it.
 */
export function commitOf(root: string, option: string, ref: string): string {
  try {
    return git(root, ...VERIFY, `${ref}^{commit}`);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new PreviewInputError(
      `${option} must be a commit of this repository, got "${ref}". ${remedy(root, option, ref)}`,
    );
  }
}

function remedy(root: string, option: string, ref: string): string {
  if (gitSucceeds(root, ...VERIFY, `refs/remotes/origin/${ref}^{commit}`)) {
    return `Use "origin/${ref}", which exists.`;
  }
  if (git(root, "rev-list", "--all", "--max-count=1") === "") {
    return "The repository has no commits yet: commit the deployed program first.";
  }
  if (git(root, "rev-parse", "--is-shallow-repository") === "true") {
    return (
      "This clone is shallow, without older commits and other branches. Fetch first: " +
      `"git fetch --unshallow origin", or "git fetch --depth=1 origin BRANCH" and then ${option} FETCH_HEAD; ` +
      "in actions/checkout set fetch-depth: 0, or 2 for HEAD^1."
    );
  }
  return "Use a branch, a tag or a commit; fetch it first if it is not local.";
}
