import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { ChangedFile } from "../checkout/changed-files";
import type { CheckedOut } from "../checkout/checked-out";
import { danger, type FindingContent } from "../findings/finding";
import { enumerate } from "../wording";
import { applicationVersions } from "./application-versions";

interface DeletedVersions {
  readonly base: CheckedOut;
  readonly head: CheckedOut;
  readonly files: readonly ChangedFile[];
  /** The versions that the colors of each stack name. */
  readonly stacks: readonly { readonly stack: string; readonly versions: readonly string[] }[];
  readonly signal: AbortSignal;
}

/**
 * Finds versions that a color runs, and whose file the change deletes. Without a release manifest, only the outputs of
 * the stack would still know them.
 */
export async function deletedVersionFindings(deleted: DeletedVersions): Promise<FindingContent[]> {
  const { base, head, files, stacks, signal } = deleted;
  const gone = files.flatMap(({ path, change, formerPath }) =>
    change === "deleted" ? path : (formerPath ?? []),
  );
  if (gone.length === 0) return [];
  const { versions } = await applicationVersions(base, signal);
  const program = relative(base.root, base.programDirectory).split(sep).join("/");
  return versions.flatMap(({ version, file }): FindingContent[] => {
    const path = program === "" ? file : `${program}/${file}`;
    const at = stacks.filter((each) => each.versions.some((name) => name.split("+")[0] === version));
    if (!gone.includes(path) || at.length === 0) return [];
    if (existsSync(join(head.programDirectory, "releases", `${version}.json`))) return [];
    const names = enumerate(at.map(({ stack }) => stack));
    const summary = `${path} is deleted, and a color of ${names} runs ${version}: no file would describe it any more. A deployment of ${version} and the checks of its queries would depend on the outputs of the stack alone.`;
    const remediation = `Restore the file, or commit the manifest of ${version} that "changeover publish" writes before deleting it.`;
    return [{ ...danger("version-file-deleted", summary), remediation }];
  });
}
