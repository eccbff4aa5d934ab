import { truncateName } from "../script/name";
import { type SqlStatement, splitStatements } from "../script/sql-text";
import type { MigrationTool, PlainMigration } from "./migration-tool";

export interface ImportedFile {
  readonly migration: PlainMigration;
  readonly file: string;
  readonly text: string;
}

const TRANSACTION_WORDS = ["BEGIN", "START", "COMMIT", "END", "ROLLBACK"];

/** The statement without CONCURRENTLY, which cannot run in a transaction and is not needed on an empty database. */
function inTransaction({ text, words }: SqlStatement): string[] {
  if (TRANSACTION_WORDS.includes(words[0] ?? "") || words[0] === "VACUUM") return [];
  const isConcurrent = words.includes("CONCURRENTLY") && words[0] !== "REFRESH";
  return [isConcurrent ? text.replace(/\s+CONCURRENTLY\b/i, "") : text];
}

function slug(title: string): string {
  const words = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "");
  return truncateName(words, 40).replace(/_+$/, "") || "imported";
}

/**
 * Writes the migrations of a tool as expand scripts, numbered from 0001. Migrations without a statement are left out.
 *
 * @param version the version that serves now, which needs all of them
 */
export function importedFiles(
  migrations: readonly PlainMigration[],
  tool: MigrationTool,
  version: string,
): ImportedFile[] {
  const written = migrations.flatMap((migration) => {
    const statements = splitStatements(migration.sql).flatMap(inTransaction);
    return statements.length > 0 ? [{ migration, statements }] : [];
  });
  return written.map(({ migration, statements }, i) => ({
    migration,
    file: `${String(i + 1).padStart(4, "0")}_${slug(migration.title)}.expand.sql`,
    text: [
      `-- needed-by: ${version}`,
      `-- imported: ${tool} ${migration.key}`,
      "",
      ...statements.map((text) => `${text};\n`),
    ].join("\n"),
  }));
}
