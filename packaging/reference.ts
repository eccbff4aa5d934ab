import { execFileSync } from "node:child_process";
import { join } from "node:path";

const root = join(__dirname, "..");

/** Where the committed reference lies. */
export const REFERENCE = join(root, "docs", "reference");

/** Typedoc reads the types of all of AWS. */
const LIMIT_MS = 240_000;

/**
 * Writes the reference of everything the package exports, as Markdown, from the docstrings. What was in the folder goes.
 * @throws Error when a docstring cannot be read or links to something that is not there; typedoc says which on stderr.
 */
export function writeReference(directory: string): void {
  const typedoc = join(root, "node_modules", "typedoc", "bin", "typedoc");
  const options = join(__dirname, "typedoc.json");
  execFileSync(process.execPath, [typedoc, "--options", options, "--out", directory], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    timeout: LIMIT_MS,
  });
}
