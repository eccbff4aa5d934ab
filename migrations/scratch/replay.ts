/** Applies scripts to a scratch database as the runner does to a real one, without its locks and waits. */

import type { PGlite } from "@electric-sql/pglite";
import type { Backfill, MigrationScript } from "../script/script";
import { ScriptError } from "../script/script-error";
import { splitStatements } from "../script/sql-text";

/** The script may well apply to a real server, which has extensions and roles that are not here. */
export class UnavailableError extends ScriptError {}

const unavailable = /^(extension .* is not available|role .* does not exist)$/;

interface Located extends Error {
  /** Of a character in the statement's text, 1-based. */
  readonly position?: string;
}

/** The server's error, with the line that it is about. */
export function scriptError(
  error: unknown,
  script: MigrationScript,
  text: string,
  firstLine: number,
): ScriptError {
  const { message, position } = error as Located;
  const before = position === undefined ? "" : text.slice(0, Number(position) - 1);
  const Kind = unavailable.test(message) ? UnavailableError : ScriptError;
  return new Kind(script.file, firstLine + before.split("\n").length - 1, `${message}.`);
}

/** A line of its own, so that the statement keeps its places. */
const prepareHead = "prepare backfill as\n";

/** `prepare` as SQL, because its parameters then take their types from the statement, whatever the key's type is. */
export async function runBackfill(database: PGlite, { table, key, statement }: Backfill): Promise<void> {
  const end = (order: string) => `(select ${key}::text from ${table} order by ${key} ${order} limit 1)`;
  const { rows } = await database.query<{ first: string | null; last: string | null }>(
    `select quote_literal(${end("asc")}) as first, quote_literal(${end("desc")}) as last`,
  );
  const range = rows[0];
  // On an empty table too, as it must be one that can be.
  await database.exec(`${prepareHead}${statement}`);
  try {
    if (range?.first) await database.exec(`execute backfill (${range.first}, ${range.last})`);
  } finally {
    await database.exec("deallocate backfill");
  }
}

/** One by one, as an error in the catalog has no other place than its statement. */
async function runStatements(database: PGlite, script: MigrationScript): Promise<void> {
  for (const { text, line } of splitStatements(script.sql)) {
    try {
      await database.exec(text);
    } catch (error) {
      throw scriptError(error, script, text, line);
    }
  }
}

/** Whatever a script sets must not reach the next one. */
export async function resetSession(database: PGlite): Promise<void> {
  await database.exec("reset session authorization; reset all");
}

/** @throws ScriptError with file and line when a script does not apply */
export async function replay(database: PGlite, script: MigrationScript): Promise<void> {
  const { backfill, transactional } = script;
  if (transactional) await database.exec("begin");
  try {
    await runStatements(database, script);
    if (transactional) await database.exec("commit");
  } catch (error) {
    if (transactional) await database.exec("rollback");
    // A deferred constraint speaks up at the end, and no statement is to blame alone.
    throw error instanceof ScriptError ? error : scriptError(error, script, "", 1);
  } finally {
    await resetSession(database);
  }
  if (!backfill) return;
  try {
    await runBackfill(database, backfill);
  } catch (error) {
    throw scriptError(error, script, `${prepareHead}${backfill.statement}`, backfill.line - 1);
  }
}
