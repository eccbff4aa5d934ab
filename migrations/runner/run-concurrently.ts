/** Applies a script that PostgreSQL does not run in a transaction: an index built or dropped CONCURRENTLY. */

import { readConcurrentStatement } from "../script/concurrent-index";
import type { MigrationScript } from "../script/script";
import { splitStatements } from "../script/sql-text";
import { describeHolders } from "./holders";
import { forget, writeApplied, writeStarted } from "./ledger";
import { isConnectionLost, MigrationError } from "./migration-error";
import { type MigrationRun, resetSession, scriptFailure } from "./migration-run";
import { Watch } from "./watch";

interface IndexState {
  /** With its schema, quoted. */
  readonly name: string;
  readonly valid: boolean;
}

/** An index lies in its table's schema. */
async function findIndex(
  { work }: MigrationRun,
  index: string,
  table: string,
): Promise<IndexState | undefined> {
  const { rows } = await work.query<IndexState>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, i.indisvalid AND i.indisready AS valid
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE i.indrelid = to_regclass($1) AND c.relname = (parse_ident($2))[1]`,
    [table, index],
  );
  return rows[0];
}

/** lock_timeout stays 0: it would leave an invalid index, and waiting here makes nobody else wait. */
async function execute(run: MigrationRun, script: MigrationScript, text: string): Promise<void> {
  let toldAt = 0;
  const watch = new Watch(run, {
    everyMs: 500,
    onWait: (holders) => {
      if (Date.now() - toldAt < 5_000) return;
      toldAt = Date.now();
      run.log("waiting for older transactions to end", { script: script.file, holders });
    },
  });
  try {
    await run.work.query(`SET statement_timeout = ${run.deadline.asTimeoutMs()}`);
    await run.work.query(text);
  } catch (error) {
    await watch.end();
    if (watch.holders.length > 0) {
      run.log("last seen in the way", { script: script.file, holders: describeHolders(watch.holders) });
    }
    throw error;
  } finally {
    await watch.end();
  }
}

async function dropLeftover(run: MigrationRun, script: MigrationScript, index: string): Promise<void> {
  run.log("dropping an invalid index that an interrupted run left", { script: script.file, index });
  await execute(run, script, `DROP INDEX CONCURRENTLY IF EXISTS ${index}`);
}

/** After a failure: takes away what is half built. Gives what is then the case, in words. */
async function cleanUp(
  run: MigrationRun,
  script: MigrationScript,
  index: string,
  table: string,
): Promise<string> {
  try {
    await resetSession(run);
    await run.work.query("SET statement_timeout = '20s'");
    const leftover = await findIndex(run, index, table);
    if (leftover && !leftover.valid)
      await run.work.query(`DROP INDEX CONCURRENTLY IF EXISTS ${leftover.name}`);
    await forget(run.work, script);
    return "Nothing of it is left.";
  } catch {
    return `An invalid index ${index} is left (it slows writes and is not used); the next run removes it first.`;
  }
}

async function createIndex(
  run: MigrationRun,
  script: MigrationScript,
  text: string,
  index: string,
  table: string,
): Promise<void> {
  const { rowCount } = await run.work.query("SELECT FROM changeover.ledger WHERE id = $1 AND phase = $2", [
    script.id,
    script.phase,
  ]);
  const found = await findIndex(run, index, table);
  if (found && rowCount === 0) {
    throw new MigrationError(
      `${script.file}: the index ${found.name} exists already${found.valid ? "" : " (invalid)"}, and no run of this ` +
        "script made it: drop it, or choose another name.",
    );
  }
  await writeStarted(run.work, script);
  if (found?.valid) return; // A run was ended after the last step of the build and before it was written down.
  if (found) await dropLeftover(run, script, found.name);
  await execute(run, script, text);
  if (!(await findIndex(run, index, table))?.valid)
    throw new Error(`index ${index} is not valid after its build`);
}

/** @throws MigrationError */
export async function applyConcurrently(run: MigrationRun, script: MigrationScript): Promise<void> {
  const [statement] = splitStatements(script.sql);
  const read = statement && readConcurrentStatement(statement.text);
  if (!statement || !read) throw new MigrationError(`${script.file}: holds no concurrent statement.`);
  try {
    if (read.kind === "create") await createIndex(run, script, statement.text, read.index, read.table);
    else {
      await writeStarted(run.work, script);
      await execute(run, script, statement.text);
    }
    await resetSession(run);
    await writeApplied(run.work, script);
  } catch (error) {
    if (error instanceof MigrationError) throw error;
    const state = isConnectionLost(error)
      ? "The next run repairs what is half built."
      : read.kind === "create"
        ? await cleanUp(run, script, read.index, read.table)
        : "It can be run again.";
    throw scriptFailure(error, script, statement.text, statement.line, state);
  }
}
