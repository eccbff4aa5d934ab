import type { PGlite } from "@electric-sql/pglite";
import {
  KEY_FACTS_SQL,
  type KeyFacts,
  keyFactsParameters,
  keyProblem,
  PARAMETER_CATEGORIES_SQL,
  parameterProblem,
} from "../script/backfill-key";
import type { Backfill, MigrationScript } from "../script/script";
import { ScriptError } from "../script/script-error";

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

/**
 * Checks the key and runs the backfill as one batch. It uses SQL PREPARE, so that the server infers the types of the
 * parameters.
 *
 * @throws ScriptError if the key would miss rows
 */
export async function runBackfill(
  database: PGlite,
  script: MigrationScript,
  backfill: Backfill,
): Promise<void> {
  const { table, keys, statement, line, remaining } = backfill;
  const reject = (problem: string | undefined) => {
    if (problem !== undefined) throw new ScriptError(script.file, line, problem);
  };
  const facts = await database.query<KeyFacts>(KEY_FACTS_SQL, keyFactsParameters(backfill));
  const [key] = facts.rows;
  if (key) reject(keyProblem(backfill, key));
  const ends = (order: string) =>
    `select ${keys.map((name, i) => `quote_literal(${name}::text) as "${i}"`).join(", ")} from ${table}
      order by ${keys.map((name) => `${name} ${order}`).join(", ")} limit 1`;
  const { rows: first } = await database.query<Record<string, string>>(ends("asc"));
  const { rows: last } = await database.query<Record<string, string>>(ends("desc"));
  const range = [...first, ...last].flatMap((row) => Object.values(row));
  if (remaining !== undefined) await database.exec(`select count(*) from ${table} where ${remaining}`);
  // The statement is prepared even for an empty table, to find errors in it.
  await database.exec(`${PREPARE_HEAD}${statement}`);
  try {
    const { rows } = await database.query<{ category: string }>(PARAMETER_CATEGORIES_SQL, ["backfill"]);
    const categories = rows.map(({ category }) => category);
    if (key) reject(parameterProblem(backfill, key.columns, categories));
    if (range.length > 0) await database.exec(`execute backfill (${range.join(", ")})`);
  } finally {
    await database.exec("deallocate backfill");
  }
}

/** Runs the statements one by one. Some errors have no position, so the line of the statement is reported. */
async function runStatements(database: PGlite, script: MigrationScript): Promise<void> {
  for (const { text, line } of script.statements) {
    try {
      await database.exec(text);
    } catch (error) {
      throw scriptError(error, script, text, line);
    }
  }
}

/**
 * Takes the locks of the header, as the runner does before the first statement.
 *
 * @throws ScriptError with the line of the header, if one of them is not an existing table
 */
async function takeLocks(database: PGlite, { file, sql, locks }: MigrationScript): Promise<void> {
  const line = sql.split("\n").findIndex((text) => /^--\s*locks\s*:/.test(text)) + 1;
  for (const { table, mode } of locks) {
    try {
      await database.exec(`lock table ${table} in ${mode} mode`);
    } catch (error) {
      const { message } = error as Error;
      throw new ScriptError(
        file,
        line,
        `locks must be tables that exist before the script, got ${table} (${message}). ` +
          "Correct the name, or leave the table out.",
      );
    }
  }
}

/** Resets the session, because the runner executes each script in a session of its own. */
export async function resetSession(database: PGlite): Promise<void> {
  await database.exec("discard all");
}

/**
 * Applies a script without the waits of the runner.
 *
 * @throws ScriptError with file and line
 */
export async function replay(database: PGlite, script: MigrationScript): Promise<void> {
  const { backfill, transactional } = script;
  if (transactional) await database.exec("begin");
  try {
    if (transactional) await takeLocks(database, script);
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
    await runBackfill(database, script, backfill);
  } catch (error) {
    if (error instanceof ScriptError) throw error;
    throw scriptError(error, script, `${PREPARE_HEAD}${backfill.statement}`, backfill.line - 1);
  }
}
