import { setTimeout as sleep } from "node:timers/promises";
import { escapeLiteral } from "pg";
import { keyExpression } from "../script/backfill-key";
import type { Backfill, MigrationScript } from "../script/script";
import {
  countRemainingSql,
  largeGroup,
  MAX_BATCH_ROWS,
  planWalk,
  typedParameters,
  type Walk,
} from "./backfill-walk";
import { describeHolders, type LockHolder } from "./holders";
import { sha256, writeApplied } from "./ledger";
import { codeOf, isConnectionLost, MigrationError, OutOfTime } from "./migration-error";
import { type MigrationRun, rollback, scriptFailure } from "./migration-run";
import { LockWatch } from "./watch";

/**
 * Time before the deadline at which the backfill stops. It is enough for one more batch and for closing the sessions.
 */
const MARGIN_MS = 2_000;

export function nextBatchRows(rows: number, elapsedMs: number, targetMs: number): number {
  const factor = Math.min(2, Math.max(0.25, targetMs / Math.max(1, elapsedMs)));
  return Math.min(MAX_BATCH_ROWS, Math.max(1, Math.round(rows * factor)));
}

interface BackfillProgress {
  readonly lastKey: readonly string[] | null;
  readonly rowsWalked: number;
  readonly batchRows: number;
}

/**
 * Reads the progress that the last run saved. If the statement has changed since that run, the backfill starts from
 * the first row.
 */
async function readProgress(
  { sessions: { work } }: MigrationRun,
  script: MigrationScript,
  backfill: Backfill,
): Promise<BackfillProgress> {
  const { table, keys, statement } = backfill;
  const { rows } = await work.query<{ lastKey: string | null; rowsWalked: string; batchRows: number }>(
    `INSERT INTO changeover.backfill AS b (id, phase, statement_sha256, batch_rows) VALUES ($1, $2, $3, $4)
     ON CONFLICT (id, phase) DO UPDATE SET statement_sha256 = $3,
       last_key = CASE WHEN b.statement_sha256 = $3 THEN b.last_key END,
       rows_walked = CASE WHEN b.statement_sha256 = $3 THEN b.rows_walked ELSE 0 END,
       batch_rows = CASE WHEN b.statement_sha256 = $3 THEN b.batch_rows ELSE $4 END
     RETURNING last_key AS "lastKey", rows_walked AS "rowsWalked", batch_rows AS "batchRows"`,
    [script.id, script.phase, sha256([table, ...keys, statement].join("\n")), backfill.batch],
  );
  const row = rows[0] ?? { lastKey: null, rowsWalked: "0", batchRows: backfill.batch };
  const lastKey = row.lastKey === null ? null : (JSON.parse(row.lastKey) as string[]);
  return { ...row, lastKey, rowsWalked: Number(row.rowsWalked) };
}

interface BatchEnds {
  readonly first: readonly string[];
  readonly last: readonly string[];
  readonly count: number;
}

/** SQL for the ends of the next batch, as texts, and its number of rows. Parameters: the last key, if any; the limit. */
function batchEndsSql({ backfill: { table, keys }, keyTypes }: Walk, isFirst: boolean): string {
  const order = keys.join(", ");
  const from = isFirst ? "" : `WHERE ${keyExpression(keys)} > ${typedParameters(keyTypes)}`;
  const end = (position: string) => keys.map((_, i) => `(array_agg(k${i}::text))[${position}]`).join(", ");
  return `SELECT json_build_array(${end("1")}) AS first, json_build_array(${end("count(*)")}) AS last, count(*)::int AS count
    FROM (SELECT ${keys.map((key, i) => `${key} AS k${i}`).join(", ")} FROM ${table} ${from}
           ORDER BY ${order} LIMIT $${isFirst ? 1 : keys.length + 1}) AS batch`;
}

/**
 * Processes one batch and returns the progress. If no row is left, it marks the script as applied and returns
 * undefined.
 */
async function walkBatch(
  run: MigrationRun,
  walk: Walk,
  from: BackfillProgress,
  changed: (rows: number) => void,
): Promise<BackfillProgress | undefined> {
  const { limits, sessions } = run;
  const { script, backfill, settings } = walk;
  const { work } = sessions;
  const startedAt = performance.now();
  // The short timeouts keep the batch from holding its row locks while it waits for a row of another client.
  await work.query(
    `BEGIN; SET LOCAL lock_timeout = ${limits.batchTargetMs}; SET LOCAL statement_timeout = ${limits.stallBudgetMs}; ${settings}`,
  );
  const { rows } = await work.query<BatchEnds>(batchEndsSql(walk, from.lastKey === null), [
    ...(from.lastKey ?? []),
    from.batchRows,
  ]);
  const batch = rows[0];
  if (!batch || batch.count === 0) {
    await rejectRemaining(run, script, backfill);
    await writeApplied(work, script);
    await work.query("COMMIT");
    return undefined;
  }
  const { rowCount } = await work.query(backfill.statement, [...batch.first, ...batch.last]);
  const rowsWalked = from.rowsWalked + batch.count;
  await work.query(
    `UPDATE changeover.backfill SET last_key = $3, rows_walked = $4, batch_rows = $5, updated_at = clock_timestamp()
      WHERE id = $1 AND phase = $2`,
    [script.id, script.phase, JSON.stringify(batch.last), rowsWalked, from.batchRows],
  );
  await work.query("COMMIT");
  changed(rowCount ?? 0);
  const elapsedMs = performance.now() - startedAt;
  return {
    lastKey: batch.last,
    rowsWalked,
    batchRows: nextBatchRows(from.batchRows, elapsedMs, limits.batchTargetMs),
  };
}

/** Counts the rows that match the header `remaining`. @throws MigrationError if there are any */
async function rejectRemaining(
  run: MigrationRun,
  script: MigrationScript,
  backfill: Backfill,
): Promise<void> {
  const { work } = run.sessions;
  if (backfill.remaining === undefined) return;
  await work.query(`SET LOCAL statement_timeout = ${run.deadline.asTimeoutMs()}`);
  const { rows } = await work.query<{ rows: string }>(countRemainingSql(backfill));
  const left = Number(rows[0]?.rows ?? 0);
  if (left === 0) return;
  // The next run starts from the first row, also with the same statement.
  const own = `id = ${escapeLiteral(script.id)} AND phase = ${escapeLiteral(script.phase)}`;
  await work.query(`UPDATE changeover.backfill SET last_key = NULL, rows_walked = 0 WHERE ${own}; COMMIT`);
  throw new MigrationError(
    `${script.file}:${backfill.line}: after the last batch ${left} rows still match remaining (${backfill.remaining}). ` +
      "The script does not count as applied. Correct the statement, or the condition, and run again; the backfill then " +
      "starts from the first row.",
  );
}

/** @throws MigrationError if a smaller batch cannot succeed either */
async function smallerBatch(
  { sessions: { work }, limits }: MigrationRun,
  walk: Walk,
  failure: unknown,
  from: BackfillProgress,
): Promise<BackfillProgress> {
  if (failure instanceof MigrationError) throw failure;
  const { script, backfill } = walk;
  const state = `${from.rowsWalked} rows are finished and kept; the others are not processed.`;
  if (!["55P03", "40P01", "57014"].includes(codeOf(failure))) {
    throw scriptFailure(
      failure,
      script,
      backfill.statement,
      backfill.line,
      `${appliedAbove(script)}${state}`,
    );
  }
  if (codeOf(failure) === "57014" && from.batchRows === 1) {
    const problem = await largeGroup(work, walk, from.lastKey);
    if (problem !== undefined) throw new MigrationError(`${problem} ${appliedAbove(script)}${state}`);
    throw new MigrationError(
      `${script.file}:${backfill.line}: one row takes longer than the stall budget of ${limits.stallBudgetMs} ms. ` +
        `${appliedAbove(script)}${state} ` +
        "Check with EXPLAIN that the statement uses the key's index, and check its triggers.",
    );
  }
  return { ...from, batchRows: Math.max(1, Math.floor(from.batchRows / 2)) };
}

function appliedAbove({ statements }: MigrationScript): string {
  return statements.length > 0 ? "The statements above the backfill are applied. " : "";
}

function progressText(rowsWalked: number, estimatedRows: number): string {
  return `${rowsWalked} ${estimatedRows > rowsWalked ? `of about ${estimatedRows} ` : ""}rows are finished`;
}

/**
 * Runs a backfill along the table's key. Each batch is a short transaction that also saves the progress.
 *
 * @returns the number of rows that its statement changed in this run
 * @throws OutOfTime if the deadline is near; the next run continues
 * @throws MigrationError
 */
export async function applyBackfill(
  run: MigrationRun,
  script: MigrationScript,
  backfill: Backfill,
): Promise<number> {
  const { limits, deadline, log, sessions } = run;
  const walk = await planWalk(sessions.work, script, backfill);
  let progress: BackfillProgress | undefined = await readProgress(run, script, backfill);
  let blockedSince: number | undefined;
  let holders: readonly LockHolder[] = [];
  let loggedAt = performance.now();
  let changedRows = 0;
  let walkedRows = progress?.rowsWalked ?? 0;
  while (progress) {
    if (deadline.remainingMs() < MARGIN_MS)
      throw new OutOfTime(
        `${script.file}:${backfill.line}: ${progressText(progress.rowsWalked, walk.estimatedRows)}`,
      );
    const watch = new LockWatch(run, { everyMs: 20 });
    const before: BackfillProgress = progress;
    try {
      progress = await walkBatch(run, walk, before, (rows) => {
        changedRows += rows;
      });
      walkedRows = progress?.rowsWalked ?? walkedRows;
      blockedSince = undefined;
    } catch (failure) {
      if (isConnectionLost(failure))
        throw scriptFailure(failure, script, backfill.statement, backfill.line, "");
      await rollback(run);
      progress = await smallerBatch(run, walk, failure, before);
      blockedSince ??= performance.now();
      if (watch.holders.length > 0) holders = watch.holders;
      if (performance.now() - blockedSince > limits.lockWaitSeconds * 1000) {
        throw new MigrationError(
          `${script.file}:${backfill.line}: the next rows stayed locked for ${limits.lockWaitSeconds} s by ` +
            `${describeHolders(holders)}. ${before.rowsWalked} rows are finished and kept. End that transaction and run again.`,
        );
      }
      await sleep(Math.min(250, limits.batchTargetMs * 2));
    } finally {
      await watch.end();
    }
    if (progress && performance.now() - loggedAt > 5_000) {
      loggedAt = performance.now();
      log("backfill continues", {
        script: script.file,
        rows: progress.rowsWalked,
        batchRows: progress.batchRows,
      });
    }
  }
  log("backfill finished", { script: script.file, walkedRows, changedRows });
  return changedRows;
}
