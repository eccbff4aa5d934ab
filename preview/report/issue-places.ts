import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RevisionError } from "../checkout/checked-out";
import type { FilePlace } from "../checkout/file-place";

/** Adds the file and line that an issue names, such as `0002_a.expand.sql:3`, if the change or the revision has the file. */
export function withPlaces(error: RevisionError, changed: readonly string[], root: string): RevisionError {
  const issues = error.issues.map((issue) => {
    const named = /^([\w./-]+\.[a-z]+)(?::(\d+))?(?=$|[\s:])/i.exec(issue.key ?? issue.text);
    const file = named === null ? undefined : pathOf(named[1] ?? "", changed, root);
    if (file === undefined) return issue;
    const line = Number(named?.[2] ?? 0);
    const place: FilePlace = { file, ...(line > 0 ? { line } : {}) };
    // The link to the place takes the part of the text that names it.
    return { ...issue, key: issue.key ?? named?.[0], place };
  });
  return { ...error, issues };
}

function pathOf(name: string, changed: readonly string[], root: string): string | undefined {
  const found = changed.find((path) => path === name || path.endsWith(`/${name}`));
  return found ?? (existsSync(join(root, name)) ? name : undefined);
}
