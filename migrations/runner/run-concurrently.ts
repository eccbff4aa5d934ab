import { readConcurrentStatement } from "../script/concurrent-index";
import type { MigrationScript } from "../script/script";
import { describeHolders } from "./holders";
import { forget, writeApplied, writeStarted } from "./ledger";
import { codeOf, isConnectionLost, MigrationError } from "./migration-error";
import { type MigrationRun, resetSession, scriptFailure } from "./migration-run";
import { LockWatch } from "./watch";

interface IndexState {
  readonly name: string;
  readonly valid: boolean;
}

async function findIndex(
  { sessions: { work } }: MigrationRun,
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

/**
 * Executes a concurrent statement without a lock_timeout. A timeout would leave an invalid index, and no client
 * queues behind the wait of a concurrent statement.
 */
async function execute(run: MigrationRun, script: MigrationScript, text: string): Promise<void> {
  let loggedAt = Number.NEGATIVE_INFINITY;
  const watch = new LockWatch(run, {
    everyMs: 500,
    onWait: (holders) => {
      if (performance.now() - loggedAt < 5_000) return;
      loggedAt = performance.now();
      run.log("waiting for older transactions to end", { script: script.file, holders });
    },
  });
  try {
    await run.sessions.work.query(`SET statement_timeout = ${run.deadline.asTimeoutMs()}`);
    await run.sessions.work.query(text);
  } catch (error) {
    await watch.end();
    if (watch.holders.length > 0) {
      run.log("last blocked by", { script: script.file, holders: describeHolders(watch.holders) });
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

/** Drops an incomplete index after a failure. Returns a description of the resulting state for the error message. */
async function cleanUp(
  run: MigrationRun,
  script: MigrationScript,
  index: string,
  table: string,
): Promise<string> {
  try {
    await resetSession(run);
    await run.sessions.work.query("SET statement_timeout = '20s'");
    const leftover = await findIndex(run, index, table);
    if (leftover && !leftover.valid)
      await run.sessions.work.query(`DROP INDEX CONCURRENTLY IF EXISTS ${leftover.name}`);
    if (leftover?.valid) return "The index is built; the next run accepts it.";
    await forget(run.sessions.work, script);
    return "Nothing of it remains.";
  } catch {
    return `An invalid index ${index} is left (it slows writes and serves no query); the next run drops it first.`;
  }
}

async function createIndex(
  run: MigrationRun,
  script: MigrationScript,
  text: string,
  index: string,
  table: string,
): Promise<void> {
  const { rowCount } = await run.sessions.work.query(
    "SELECT FROM changeover.ledger WHERE id = $1 AND phase = $2",
    [script.id, script.phase],
  );
  const found = await findIndex(run, index, table);
  if (found && rowCount === 0) {
    throw new MigrationError(
      `${script.file}: the index ${found.name} exists already${found.valid ? "" : " (invalid)"}, but this script did ` +
        "not create it. Drop it, or choose another name.",
    );
  }
  await writeStarted(run.sessions.work, script);
  if (found?.valid) return; // An earlier run built the index but ended before it updated the ledger.
  if (found) await dropLeftover(run, script, found.name);
  await execute(run, script, text);
  const built = await findIndex(run, index, table);
  if (!built) throw new Error(`the name ${index} is taken by another object, so the index was not created`);
  if (!built.valid) throw new Error(`index ${index} is not valid after its build`);
}

/** Invalid copies that an interrupted REINDEX CONCURRENTLY leaves beside the indexes of the table. */
async function reindexLeftovers(
  run: MigrationRun,
  object: "index" | "table",
  name: string,
): Promise<string[]> {
  const { rows } = await run.sessions.work.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
        AND i.indrelid = CASE WHEN $2 THEN (SELECT indrelid FROM pg_index WHERE indexrelid = to_regclass($1))
                              ELSE to_regclass($1) END`,
    [name, object === "index"],
  );
  return rows.map((row) => row.name);
}

async function reindex(
  run: MigrationRun,
  script: MigrationScript,
  text: string,
  object: "index" | "table",
  name: string,
): Promise<void> {
  for (const index of await reindexLeftovers(run, object, name)) await dropLeftover(run, script, index);
  await execute(run, script, text);
}

/** Detaches a partition, or completes a detach that was interrupted. */
async function detach(
  run: MigrationRun,
  script: MigrationScript,
  text: string,
  table: string,
  partition: string,
): Promise<void> {
  const { work } = run.sessions;
  const begun = await work.query("SELECT FROM changeover.ledger WHERE id = $1 AND phase = $2", [
    script.id,
    script.phase,
  ]);
  await writeStarted(work, script);
  const { rows } = await work.query<{ pending: boolean }>(
    `SELECT inhdetachpending AS pending FROM pg_inherits
      WHERE inhrelid = to_regclass($1) AND inhparent = to_regclass($2)`,
    [partition, table],
  );
  if (rows.length === 0 && begun.rowCount !== 0) return; // An earlier run detached it but did not complete the ledger.
  const isPending = rows[0]?.pending === true;
  await execute(
    run,
    script,
    isPending ? `ALTER TABLE ${table} DETACH PARTITION ${partition} FINALIZE` : text,
  );
}

/** Applies a script with a CONCURRENTLY statement. @throws MigrationError */
export async function applyConcurrently(run: MigrationRun, script: MigrationScript): Promise<void> {
  const [statement] = script.statements;
  const read = statement && readConcurrentStatement(statement.text);
  if (!statement || !read) throw new MigrationError(`${script.file}: it must have a concurrent statement.`);
  try {
    if (read.kind === "create") await createIndex(run, script, statement.text, read.index, read.table);
    else if (read.kind === "detach") await detach(run, script, statement.text, read.table, read.partition);
    else {
      await writeStarted(run.sessions.work, script);
      if (read.kind === "reindex") await reindex(run, script, statement.text, read.object, read.name);
      else await execute(run, script, statement.text);
    }
    await resetSession(run);
    await writeApplied(run.sessions.work, script);
  } catch (error) {
    if (error instanceof MigrationError) throw error;
    const state = isConnectionLost(error)
      ? "The next run repairs a half-built index."
      : read.kind === "create"
        ? await cleanUp(run, script, read.index, read.table)
        : "It can be run again, which first removes what it left.";
    const isOutOfTime = codeOf(error) === "57014" && run.deadline.remainingMs() <= 0;
    throw scriptFailure(error, script, statement.text, statement.line, state, isOutOfTime);
  }
}
