import { truncateName } from "../script/name";
import { forEachScript, ScriptError } from "../script/script-error";
import { type SqlStatement, splitStatements } from "../script/sql-text";
import type { MigrationTool, PlainMigration } from "./migration-tool";

export interface ImportedFile {
  readonly migration: PlainMigration;
  readonly file: string;
  readonly text: string;
}

const TRANSACTION_WORDS = ["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"];
/** First words of statements that leave the schema as it is, and may not run in a transaction. */
const MAINTENANCE_WORDS = ["VACUUM", "REINDEX"];

/** The statement without CONCURRENTLY, which cannot run in a transaction and is not needed on an empty database. */
function inTransaction({ text, words }: SqlStatement): string[] {
  const [first = ""] = words;
  if (TRANSACTION_WORDS.includes(first) || MAINTENANCE_WORDS.includes(first)) return [];
  const isConcurrent = words.includes("CONCURRENTLY") && first !== "REFRESH";
  return [isConcurrent ? text.replace(/\s+CONCURRENTLY\b/i, "") : text];
}

const addsEnumValue = ({ words }: SqlStatement) =>
  words[0] === "ALTER" &&
  words[1] === "TYPE" &&
  words.some((word, i) => word === "ADD" && words[i + 1] === "VALUE");

/**
 * The statements of each transaction. A new value of an enum can be used only after the transaction that adds it, so the
 * statements after it are a script of their own.
 */
function transactionsOf(statements: readonly SqlStatement[]): string[][] {
  const transactions: string[][] = [[]];
  for (const [i, statement] of statements.entries()) {
    const before = statements[i - 1];
    if (before && addsEnumValue(before) && !addsEnumValue(statement)) transactions.push([]);
    transactions.at(-1)?.push(...inTransaction(statement));
  }
  return transactions.filter((texts) => texts.length > 0);
}

/**
 * Without a transaction of its own, a statement's deferred constraints are checked when it ends. In the transaction of a
 * script they would stay pending, and a later ALTER TABLE would fail.
 */
const CHECK_AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE";

function beginsTransaction({ words: [first = "", second] }: SqlStatement): boolean {
  return first === "BEGIN" || (first === "START" && second === "TRANSACTION");
}

/**
 * Rejects Flyway's placeholders: their values are in its config.
 *
 * @throws ScriptError with file and line of each
 */
export function checkPlaceholders(migrations: readonly PlainMigration[], tool: MigrationTool): void {
  const lines = (tool === "flyway" ? migrations : []).flatMap(({ file, sql }) =>
    sql.split("\n").map((text, i) => ({ file, line: i + 1, text })),
  );
  forEachScript(lines, ({ file, line, text }) => {
    const [placeholder] = /\$\{[^}]+\}/.exec(text) ?? [];
    if (placeholder === undefined) return;
    throw new ScriptError(
      file,
      line,
      `${placeholder} must be a value, as only Flyway knows its placeholders. Import a copy of the folder with the values.`,
    );
  });
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
  let hasDeferred = false;
  const written = migrations.flatMap((migration) => {
    const all = splitStatements(migration.sql);
    hasDeferred ||= all.some(({ words }) => words.includes("DEFERRED"));
    const first = hasDeferred && !all.some(beginsTransaction) ? [CHECK_AT_ONCE] : [];
    return transactionsOf(all).map((texts) => ({ migration, statements: [...first, ...texts] }));
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
