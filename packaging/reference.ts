import { execFileSync } from "node:child_process";
import { join } from "node:path";

const root = join(__dirname, "..");

/** Typedoc is slow, because it reads the types of all AWS resources. */
const LIMIT_MS = 240_000;

/**
 * Writes the reference of everything that the package exports, as Markdown, from the docstrings. The folder is emptied first.
 *
 * @throws Error when a docstring has an unknown tag or a broken link; typedoc names it on stderr.
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
