import { createHash } from "node:crypto";
import { readConcurrentStatement } from "./concurrent-index";
import {
  columnName,
  type HeaderEntry,
  readHeader,
  readKeys,
  readLocks,
  readVersion,
  tableName,
} from "./header";
import type { Backfill, MigrationScript, Phase } from "./script";
import { ScriptError } from "./script-error";
import { type SqlStatement, splitStatements } from "./sql-text";

const fileName = /^(?:.*[/\\])?((\d{4})_[a-z0-9]+(?:_[a-z0-9]+)*)\.(expand|contract)\.sql$/;
const transactionWords = [
  "BEGIN",
  "START",
  "COMMIT",
  "END",
  "ROLLBACK",
  "ABORT",
  "SAVEPOINT",
  "RELEASE",
  "PREPARE",
];

function readBackfill(file: string, lines: readonly string[], firstLine: number): Backfill {
  const { entries, length } = readHeader(lines, firstLine);
  const keys = readKeys(file, entries, ["backfill", "key", "batch"]);
  const table = keys.get("backfill")?.value ?? "";
  if (!tableName.test(table)) {
    throw new ScriptError(
      file,
      firstLine,
      `"${table}" is no table: write -- backfill: table or -- backfill: schema.table.`,
    );
  }
  const key = keys.get("key");
  if (!key || !columnName.test(key.value)) {
    throw new ScriptError(
      file,
      key?.line ?? firstLine,
      "a backfill needs the column that it walks along: write -- key: id below -- backfill.",
    );
  }
  const batch = keys.get("batch");
  const size = batch ? Number(batch.value) : 1000;
  if (!Number.isInteger(size) || size < 1 || size > 10_000) {
    throw new ScriptError(
      file,
      batch?.line ?? firstLine,
      `batch is ${batch?.value}; allowed is a whole number of rows from 1 to 10000.`,
    );
  }
  const statements = splitStatements(lines.slice(length).join("\n"));
  const [statement] = statements;
  const line = firstLine + length + (statement?.line ?? 1) - 1;
  if (!statement || statements.length > 1) {
    throw new ScriptError(
      file,
      line,
      `a backfill is one statement at the end of the file; here are ${statements.length}.`,
    );
  }
  if (!/\$1(?!\d)/.test(statement.text) || !/\$2(?!\d)/.test(statement.text)) {
    throw new ScriptError(
      file,
      line,
      `the statement must be bounded by its batch: WHERE ${key.value} BETWEEN $1 AND $2 (first and last key).`,
    );
  }
  return { table, key: key.value, batch: size, statement: statement.text, line };
}

function checkTransactional(file: string, statements: readonly SqlStatement[]): void {
  for (const { words, line } of statements) {
    if (transactionWords.includes(words[0] ?? "")) {
      throw new ScriptError(
        file,
        line,
        `${words[0]} does not belong in a script: the runner puts the whole script in one transaction.`,
      );
    }
    if (words.includes("CONCURRENTLY")) {
      throw new ScriptError(
        file,
        line,
        "CONCURRENTLY does not work in a transaction: give it a script of its own with -- transaction: none.",
      );
    }
  }
}

function checkAlone(file: string, statements: readonly SqlStatement[], entry: HeaderEntry): void {
  const [statement] = statements;
  if (statements.length > 1) {
    throw new ScriptError(
      file,
      statements[1]?.line ?? entry.line,
      `a script without a transaction holds one statement, this one has ${statements.length}: ` +
        "after a failure between them nobody could tell what was done.",
    );
  }
  if (statement && !readConcurrentStatement(statement.text)) {
    throw new ScriptError(
      file,
      statement.line,
      "without a transaction a script may only be CREATE [UNIQUE] INDEX CONCURRENTLY name ON table (…) or " +
        "DROP INDEX CONCURRENTLY IF EXISTS name: these can be repeated after an interruption. " +
        "For anything else remove -- transaction: none.",
    );
  }
}

/** Reads one script. @throws ScriptError with file and line */
export function parseScript(file: string, content: string): MigrationScript {
  const text = content.replaceAll("\r\n", "\n"); // A checkout on Windows is the same script.
  const named = fileName.exec(file);
  if (!named) {
    throw new ScriptError(
      file,
      1,
      "the file name must be NNNN_name.expand.sql or NNNN_name.contract.sql, in small letters, digits and _, " +
        "such as 0002_split_name.expand.sql.",
    );
  }
  const [, id = "", number = "", phaseText] = named;
  const phase: Phase = phaseText === "expand" ? "expand" : "contract";
  const lines = text.split("\n");
  const start = lines.findIndex((line) => /^--\s*backfill\s*:/.test(line));
  const sql = start < 0 ? text : lines.slice(0, start).join("\n");
  const { entries } = readHeader(sql.split("\n"), 1);
  const keys = readKeys(file, entries, [
    phase === "expand" ? "needed-by" : "dead-from",
    "transaction",
    "locks",
  ]);
  const version = readVersion(file, phase, keys);
  const transaction = keys.get("transaction");
  if (transaction && transaction.value !== "none") {
    throw new ScriptError(
      file,
      transaction.line,
      `transaction is "${transaction.value}"; allowed is none, or leave the line out.`,
    );
  }
  const statements = splitStatements(sql);
  const backfill = start < 0 ? undefined : readBackfill(file, lines.slice(start), start + 1);
  if (statements.length === 0 && !backfill) {
    throw new ScriptError(file, 1, "the file holds no statement: write the change, or delete the file.");
  }
  const locks = readLocks(file, keys.get("locks"));
  if (!transaction) {
    checkTransactional(file, statements);
  } else if (backfill || locks.length > 0) {
    throw new ScriptError(
      file,
      transaction.line,
      "a script without a transaction runs alone: put locks and backfills into another script.",
    );
  } else {
    checkAlone(file, statements, transaction);
  }
  return {
    number: Number(number),
    id,
    phase,
    file,
    ...(phase === "expand" ? { neededBy: version } : { deadFrom: version }),
    transactional: !transaction,
    locks,
    sql,
    ...(backfill ? { backfill } : {}),
    sha256: createHash("sha256").update(text).digest("hex"),
  };
}
