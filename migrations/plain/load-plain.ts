import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import type { MigrationScript } from "../script/script";
import { splitStatements } from "../script/sql-text";
import { type PlainMigration, readPlainFiles } from "./migration-tool";

/** Texts of all SQL files in the folder and its subfolders, by path with `/`. */
export function readSqlFiles(directory: string): Map<string, string> {
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.sql$/i.test(path) && !path.split(sep).includes("node_modules"))
    .sort();
  return new Map(
    paths.map((path) => {
      const text = readFileSync(join(directory, path), "utf8").replace(/^\uFEFF/, "");
      return [path.split(sep).join("/"), text.replaceAll("\r\n", "\n")];
    }),
  );
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
