import { setTimeout as sleep } from "node:timers/promises";
import type { MigrationScript } from "../script/script";
import { splitStatements } from "../script/sql-text";
import { describeHolders, holdersOfTables, type LockHolder } from "./holders";
import { writeApplied, writeStarted } from "./ledger";
import { lockWaitMs, pauseMs } from "./limits";
import { codeOf, isConnectionLost, MigrationError } from "./migration-error";
import { type MigrationRun, resetSession, rollback, scriptFailure } from "./migration-run";
import { LockWatch } from "./watch";

/**
 * Number of attempts that may exceed the stall budget. A single one can be caused by a busy server; a change that is
 * too slow exceeds it every time.
 */
const MAX_OVERRUNS = 3;
/**
 * Minimum lock_timeout after the declared locks are taken. It is long enough to find the session that holds an
 * undeclared lock.
 */
const MIN_UNDECLARED_WAIT_MS = 40;

async function attempt(run: MigrationRun, script: MigrationScript, waitMs: number): Promise<void> {
  const { work, deadline } = run;
  const locks = script.locks.map(
    ({ table, mode }) => `LOCK TABLE ${table} IN ${mode} MODE${waitMs === 0 ? " NOWAIT" : ""};`,
  );
  await work.query(
    `BEGIN; SET LOCAL statement_timeout = ${deadline.asTimeoutMs()}; SET LOCAL lock_timeout = ${waitMs};
     ${locks.join("\n")} SET LOCAL lock_timeout = ${Math.max(waitMs, MIN_UNDECLARED_WAIT_MS)}`,
  );
  if (splitStatements(script.sql).length > 0) await work.query(script.sql);
  await resetSession(run);
  await writeStarted(work, script);
  if (!script.backfill) await writeApplied(work, script);
  await work.query("COMMIT");
}

function lockTimeoutError(
  run: MigrationRun,
  script: MigrationScript,
  holders: readonly LockHolder[],
  seconds: number,
): MigrationError {
  const tables =
    script.locks.map(({ table }) => table).join(", ") || "a table (the header declares no -- locks)";
  return new MigrationError(
    `${script.file}: no lock on ${tables} within ${Math.round(seconds)} s without making clients wait longer than ` +
      `${run.limits.stallBudgetMs} ms. It is held by ${describeHolders(holders)}. Nothing of the script was applied. ` +
      "End that transaction, or wait for its end, and run again.",
  );
}

function overrunError(run: MigrationRun, script: MigrationScript, tables: readonly string[]): MigrationError {
  return new MigrationError(
    `${script.file}: the script kept ${tables.join(", ")} locked for longer than the stall budget of ` +
      `${run.limits.stallBudgetMs} ms in each of ${MAX_OVERRUNS} attempts, and was canceled because clients waited. ` +
      "Nothing of the script was applied. Move the long part out of that lock: constraints NOT VALID and then " +
      "VALIDATE in another script, indexes CONCURRENTLY, many rows as a backfill.",
  );
}

/**
 * Applies a script in one transaction. Clients never wait longer than the stall budget for it.
 *
 * @throws MigrationError; nothing of the script is applied then
 */
export async function applyInTransaction(run: MigrationRun, script: MigrationScript): Promise<void> {
  const { limits, log } = run;
  const startedAt = Date.now();
  const limit = run.deadline.within(limits.lockWaitSeconds * 1000);
  let holders: readonly LockHolder[] = [];
  let overruns = 0;
  for (let attempts = 0; ; attempts++) {
    const waitMs = lockWaitMs(attempts, limits.stallBudgetMs);
    const watch = new LockWatch(run, { everyMs: 25, stallBudgetMs: limits.stallBudgetMs });
    let failure: unknown;
    try {
      await attempt(run, script, waitMs);
      return;
    } catch (error) {
      failure = error;
    } finally {
      await watch.end();
    }
    if (isConnectionLost(failure)) {
      throw scriptFailure(
        failure,
        script,
        script.sql,
        1,
        "The ledger records whether the script was applied.",
      );
    }
    await rollback(run);
    const overran = codeOf(failure) === "57014" && watch.overran.length > 0;
    if (overran && ++overruns >= MAX_OVERRUNS) throw overrunError(run, script, watch.overran);
    const canceledWhileWaiting = codeOf(failure) === "57014" && run.deadline.remainingMs() > 0;
    if (!overran && !canceledWhileWaiting && !["55P03", "40P01"].includes(codeOf(failure))) {
      throw scriptFailure(failure, script, script.sql, 1, "Nothing of the script was applied.");
    }
    const seen =
      watch.holders.length > 0
        ? watch.holders
        : await holdersOfTables(
            run.observer,
            script.locks.map(({ table }) => table),
          );
    if (seen.length > 0) holders = seen;
    const pause = pauseMs(waitMs);
    if (limit.remainingMs() < pause)
      throw lockTimeoutError(run, script, holders, (Date.now() - startedAt) / 1000);
    if (attempts % 20 === 0)
      log("waiting for a lock", { script: script.file, attempts: attempts + 1, holders });
    await sleep(pause);
  }
}
