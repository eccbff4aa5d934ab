import { PreviewInputError } from "../preview-input-error";
import { git, gitAgrees } from "./git";
import { CommandError } from "./run-command";

const VERIFY = ["rev-parse", "--verify", "--quiet", "--end-of-options"] as const;

/** The commit that a ref names. @throws PreviewInputError that says how to get it, when it is not here. */
export function commitOf(root: string, option: string, ref: string): string {
  try {
    return git(root, ...VERIFY, `${ref}^{commit}`);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new PreviewInputError(`${option}: git knows no commit "${ref}"${advice(root, option, ref)}`);
  }
}

function advice(root: string, option: string, ref: string): string {
  if (gitAgrees(root, ...VERIFY, `refs/remotes/origin/${ref}^{commit}`)) {
    return `, but there is "origin/${ref}". Give that one.`;
  }
  if (git(root, "rev-list", "--all", "--max-count=1") === "") {
    return ", as the repository has none yet. Commit what is deployed first.";
  }
  if (git(root, "rev-parse", "--is-shallow-repository") === "true") {
    return (
      ", and this clone is shallow, without older commits and other branches. Fetch it first: " +
      `"git fetch --unshallow origin", or "git fetch --depth=1 origin BRANCH" and then ${option} FETCH_HEAD; ` +
      "in actions/checkout set fetch-depth: 0, or 2 for HEAD^1."
    );
  }
  return ". Give a branch, a tag or a commit; fetch it first if it is not here.";
}
