import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import type { MigrationScript } from "../script/script";
import { forEachScript, ScriptError } from "../script/script-error";
import { splitStatements } from "../script/sql-text";
import { type PlainMigration, readPlainFiles } from "./migration-tool";

/** Paths of all files in the folder and its subfolders, with `/`. */
export function listFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => !path.split("/").includes("node_modules"))
    .sort();
}

/**
 * Texts of all SQL files in the folder and its subfolders, by path with `/`.
 *
 * @throws ScriptError for files that are not UTF-8
 */
export function readSqlFiles(directory: string): Map<string, string> {
  const paths = listFiles(directory).filter((path) => /\.sql$/i.test(path));
  const texts = forEachScript(paths, (path): [string, string] => {
    const bytes = readFileSync(join(directory, path));
    if (!isUtf8(bytes)) throw new ScriptError(path, 1, "the file must be UTF-8. Save it as UTF-8.");
    const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
    return [path, text.replaceAll("\r\n", "\n")];
  });
  return new Map(texts);
}

/** A file as an expand script of a version of its own, so that the version before it counts as running. */
export function plainScript({ file, sql }: PlainMigration, index: number): MigrationScript {
  return {
    number: index + 1,
    id: file,
    phase: "expand",
    file,
    neededBy: `${index + 1}.0.0`,
    // Each tool has transactions of its own, so rules about the runner's transaction do not apply.
    transactional: false,
    locks: [],
    sql,
    statements: splitStatements(sql),
    sha256: createHash("sha256").update(sql).digest("hex"),
  };
}

/** Reads any folder of SQL files as scripts that only the lint can use. */
export function loadPlainScripts(directory: string): MigrationScript[] {
  return readPlainFiles(readSqlFiles(directory)).map(plainScript);
}
