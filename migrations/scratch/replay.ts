import type { PGlite } from "@electric-sql/pglite";
import type { Backfill, MigrationScript } from "../script/script";
import { ScriptError } from "../script/script-error";
import { splitStatements } from "../script/sql-text";

/** Thrown if a script needs an extension or a role that only a real server has. */
export class UnavailableError extends ScriptError {}

const UNAVAILABLE = /^(extension .* is not available|role .* does not exist)$/;

interface Located extends Error {
  readonly position?: string;
}

export function scriptError(
  error: unknown,
  script: MigrationScript,
  text: string,
  firstLine: number,
): ScriptError {
  const { message, position } = error as Located;
  const before = position === undefined ? "" : text.slice(0, Number(position) - 1);
  const ErrorClass = UNAVAILABLE.test(message) ? UnavailableError : ScriptError;
  return new ErrorClass(script.file, firstLine + before.split("\n").length - 1, `${message}.`);
}

/** Ends with a line break, so that only the line number in error positions changes. */
const PREPARE_HEAD = "prepare backfill as\n";

/** Runs the backfill as one batch. It uses SQL PREPARE, so that the server infers the types of the parameters. */
export async function runBackfill(database: PGlite, { table, key, statement }: Backfill): Promise<void> {
  const end = (order: string) => `(select ${key}::text from ${table} order by ${key} ${order} limit 1)`;
  const { rows } = await database.query<{ first: string | null; last: string | null }>(
    `select quote_literal(${end("asc")}) as first, quote_literal(${end("desc")}) as last`,
  );
  const range = rows[0];
  // The statement is prepared even for an empty table, to find errors in it.
  await database.exec(`${PREPARE_HEAD}${statement}`);
  try {
    if (range?.first) await database.exec(`execute backfill (${range.first}, ${range.last})`);
  } finally {
    await database.exec("deallocate backfill");
  }
}

/** Runs the statements one by one. Some errors have no position, so the line of the statement is reported. */
async function runStatements(database: PGlite, script: MigrationScript): Promise<void> {
  for (const { text, line } of splitStatements(script.sql)) {
    try {
      await database.exec(text);
    } catch (error) {
      throw scriptError(error, script, text, line);
    }
  }
}

/** Resets the session, so that settings of a script do not affect the next one. */
export async function resetSession(database: PGlite): Promise<void> {
  await database.exec("reset session authorization; reset all");
}

/**
 * Applies a script without the locks and waits of the runner.
 *
 * @throws ScriptError with file and line
 */
export async function replay(database: PGlite, script: MigrationScript): Promise<void> {
  const { backfill, transactional } = script;
  if (transactional) await database.exec("begin");
  try {
    await runStatements(database, script);
    if (transactional) await database.exec("commit");
  } catch (error) {
    if (transactional) await database.exec("rollback");
    // A deferred constraint fails at COMMIT, so the error belongs to no statement.
    throw error instanceof ScriptError ? error : scriptError(error, script, "", 1);
  } finally {
    await resetSession(database);
  }
  if (!backfill) return;
  try {
    await runBackfill(database, backfill);
  } catch (error) {
    throw scriptError(error, script, `${PREPARE_HEAD}${backfill.statement}`, backfill.line - 1);
  }
}
