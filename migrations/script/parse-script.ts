import { createHash } from "node:crypto";
import { batchCondition } from "./backfill-key";
import { CONCURRENT_FORMS, readConcurrentStatement } from "./concurrent-index";
import { type HeaderEntry, readHeader, readKeys, readLocks, readVersion } from "./header";
import { formatName, parseName, truncateName } from "./name";
import type { Backfill, MigrationScript, Phase } from "./script";
import { ScriptError } from "./script-error";
import { lineOfComment, type SqlStatement, splitStatements } from "./sql-text";

const FILE_NAME = /^(?:.*[/\\])?((\d{4})_[a-z0-9]+(?:_[a-z0-9]+)*)\.(expand|contract)\.sql$/;
const BACKFILL_COMMENT = /^--\s*backfill\s*:/;
const BACKFILL_IN_TEXT = new RegExp(BACKFILL_COMMENT, "m");
const TRANSACTION_WORDS = [
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

function readColumns(text: string): string[] | undefined {
  const columns = text.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((column) => parseName(column.trim()));
  if (!columns.every((parts) => parts?.length === 1)) return undefined;
  return columns.map((parts) => formatName((parts ?? []).map((part) => truncateName(part))));
}

function readBackfill(file: string, lines: readonly string[], firstLine: number): Backfill {
  const { entries, length } = readHeader(lines, firstLine);
  const headers = readKeys(file, entries, ["backfill", "key", "batch", "remaining"]);
  const written = headers.get("backfill")?.value ?? "";
  const table = parseName(written);
  if (!table || table.length > 2) {
    throw new ScriptError(file, firstLine, `backfill must be table or schema.table, got "${written}".`);
  }
  const key = headers.get("key");
  const keys = readColumns(key?.value ?? "");
  if (!key || !keys) {
    throw new ScriptError(
      file,
      key?.line ?? firstLine,
      `key must be the columns that order the rows, got ${key ? `"${key.value}"` : "no such line"}. ` +
        'Add "-- key: id" below "-- backfill", or "-- key: tenant, id" for a composite key.',
    );
  }
  const remaining = headers.get("remaining");
  if (remaining && (remaining.value === "" || splitStatements(remaining.value).length !== 1)) {
    throw new ScriptError(
      file,
      remaining.line,
      `remaining must be an SQL condition, such as given_name IS NULL, got "${remaining.value}".`,
    );
  }
  const batch = headers.get("batch");
  const size = batch ? Number(batch.value) : 1000;
  if (!Number.isInteger(size) || size < 1 || size > 10_000) {
    throw new ScriptError(
      file,
      batch?.line ?? firstLine,
      `batch must be a whole number of rows from 1 to 10000, got ${batch?.value}.`,
    );
  }
  const statements = splitStatements(lines.slice(length).join("\n"));
  checkSendable(file, statements, firstLine + length - 1);
  const [statement] = statements;
  const line = firstLine + length + (statement?.line ?? 1) - 1;
  if (!statement || statements.length > 1) {
    throw new ScriptError(
      file,
      line,
      `a backfill must be one statement at the end of the file, got ${statements.length}.`,
    );
  }
  const parameters = keys.flatMap((_, i) => [i + 1, keys.length + i + 1]);
  if (!parameters.every((number) => new RegExp(`\\$${number}(?!\\d)`).test(statement.text))) {
    throw new ScriptError(
      file,
      line,
      `the backfill's statement must use $1 ${keys.length === 1 ? "and" : "to"} $${keys.length * 2}, the first and last ` +
        `key of a batch. Add WHERE ${batchCondition(keys)}.`,
    );
  }
  return {
    table: formatName(table.map((part) => truncateName(part))),
    keys,
    batch: size,
    ...(remaining && { remaining: remaining.value }),
    statement: statement.text,
    line,
  };
}

/** Rejects what only psql can run. @param before number of lines in the file before the statements */
function checkSendable(file: string, statements: readonly SqlStatement[], before = 0): void {
  for (const { words, line, psqlCommand } of statements) {
    const follows = (a: string, b: string) => words.some((word, i) => word === a && words[i + 1] === b);
    if (words[0] === "COPY" && (follows("FROM", "STDIN") || follows("TO", "STDOUT"))) {
      throw new ScriptError(
        file,
        before + line,
        `COPY must not use ${follows("FROM", "STDIN") ? "STDIN, which has no data" : "STDOUT"} here. ` +
          "Write the rows as INSERT … VALUES, many in one statement.",
      );
    }
    if (psqlCommand) {
      throw new ScriptError(
        file,
        before + psqlCommand.line,
        `the file must be SQL, got ${psqlCommand.text}, a command of psql. Write its effect as SQL, or delete it.`,
      );
    }
  }
}

function checkTransactional(file: string, statements: readonly SqlStatement[]): void {
  for (const { words, line } of statements) {
    if (TRANSACTION_WORDS.includes(words[0] ?? "")) {
      throw new ScriptError(
        file,
        line,
        `${words[0]} must not be in a script, because the runner puts the whole script in one transaction. Delete it.`,
      );
    }
    // REFRESH MATERIALIZED VIEW CONCURRENTLY runs in a transaction.
    if (words.includes("CONCURRENTLY") && words[0] !== "REFRESH") {
      throw new ScriptError(
        file,
        line,
        "CONCURRENTLY must not run in a transaction. Move the statement to its own script with -- transaction: none, " +
          `in the form ${CONCURRENT_FORMS}.`,
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
      `a script without a transaction must have one statement, got ${statements.length}. ` +
        "Split it: after a failure between two statements the ledger could not say which of them ran.",
    );
  }
  if (statement && !readConcurrentStatement(statement.text)) {
    throw new ScriptError(
      file,
      statement.line,
      `a script without a transaction must be ${CONCURRENT_FORMS}, which can be repeated after an interruption. ` +
        "For any other statement remove -- transaction: none.",
    );
  }
}

/** @throws ScriptError with file and line */
export function parseScript(file: string, content: string): MigrationScript {
  const text = content.replaceAll("\r\n", "\n"); // The hash must not depend on the line endings of the checkout.
  const named = FILE_NAME.exec(file);
  if (!named) {
    throw new ScriptError(
      file,
      1,
      "the file name must be NNNN_name.expand.sql or NNNN_name.contract.sql, in small letters, digits and _. " +
        "Rename the file, for example to 0002_split_name.expand.sql.",
    );
  }
  const [, id = "", number = "", phaseText] = named;
  const phase: Phase = phaseText === "expand" ? "expand" : "contract";
  const lines = text.split("\n");
  const start = (BACKFILL_IN_TEXT.test(text) ? (lineOfComment(text, BACKFILL_COMMENT) ?? 0) : 0) - 1;
  const sql = start < 0 ? text : lines.slice(0, start).join("\n");
  const { entries } = readHeader(sql.split("\n"), 1);
  const keys = readKeys(file, entries, [
    phase === "expand" ? "needed-by" : "dead-from",
    "transaction",
    "locks",
    "imported",
  ]);
  const version = readVersion(file, phase, keys);
  const transaction = keys.get("transaction");
  if (transaction && transaction.value !== "none") {
    throw new ScriptError(
      file,
      transaction.line,
      `transaction must be none, got "${transaction.value}". Leave the line out for one transaction.`,
    );
  }
  const statements = splitStatements(sql);
  checkSendable(file, statements);
  const backfill = start < 0 ? undefined : readBackfill(file, lines.slice(start), start + 1);
  if (statements.length === 0 && !backfill) {
    throw new ScriptError(file, 1, "the file must have a statement. Write the change, or delete the file.");
  }
  const locks = readLocks(file, keys.get("locks"));
  if (!transaction) {
    checkTransactional(file, statements);
  } else if (backfill || locks.length > 0) {
    throw new ScriptError(
      file,
      transaction.line,
      "a script without a transaction must have neither locks nor a backfill. Move them to another script.",
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
    ...(keys.has("imported") ? { isImported: true } : {}),
    transactional: !transaction,
    locks,
    ...(keys.has("locks") && { locksLine: keys.get("locks")?.line }),
    sql,
    statements,
    ...(backfill ? { backfill } : {}),
    sha256: createHash("sha256").update(text).digest("hex"),
  };
}
