import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import * as ts from "typescript";

export const ROOT = join(__dirname, "..", "..");

/** The sources of the product. `app/` is left out, because a team replaces it. */
const PRODUCT = /^(?!(test|app|\.ci)\/)/;

/** TypeScript files, relative to the repository, with `/` between folders. @default those of the product */
export function sourceFiles(folders = PRODUCT): string[] {
  const options = { cwd: ROOT, encoding: "utf8" as const, timeout: 30_000 };
  const listed = execFileSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts"],
    options,
  );
  return listed
    .split("\n")
    .filter((file) => file !== "" && folders.test(file) && existsSync(join(ROOT, file)));
}

/** Files of the repository that a file imports, types included. */
export function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, file), "utf8"), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith("."))
    .flatMap((name) => resolveSource(normalize(join(dirname(file), name))) ?? []);
}

function resolveSource(path: string): string | undefined {
  const candidates = [`${path}.ts`, `${path}.js`, join(path, "index.ts"), path];
  const found = candidates.find(
    (candidate) => /\.(ts|js|json)$/.test(candidate) && existsSync(join(ROOT, candidate)),
  );
  return found === undefined ? undefined : relative(ROOT, join(ROOT, found));
}

/** The room of a file: its top-level folder, or its name for `index.ts`. */
export function roomOf(file: string): string {
  return file.split("/")[0] ?? file;
}
