import { setTimeout as sleep } from "node:timers/promises";
import type { Backfill, MigrationScript } from "../script/script";
import { describeHolders, type LockHolder } from "./holders";
import { sha256, writeApplied } from "./ledger";
import { codeOf, isConnectionLost, MigrationError, OutOfTime } from "./migration-error";
import { type MigrationRun, rollback, scriptFailure } from "./migration-run";
import { LockWatch } from "./watch";

/** Limit of the batch size, because for larger batches the planner may scan the whole table. */
export const MAX_BATCH_ROWS = 10_000;
/**
 * Time before the deadline at which the backfill stops. It is enough for one more batch and for closing the sessions.
 */
const MARGIN_MS = 2_000;

export function nextBatchRows(rows: number, elapsedMs: number, targetMs: number): number {
  const factor = Math.min(2, Math.max(0.25, targetMs / Math.max(1, elapsedMs)));
  return Math.min(MAX_BATCH_ROWS, Math.max(1, Math.round(rows * factor)));
}

interface BackfillProgress {
  readonly lastKey: string | null;
  readonly rowsWalked: number;
  readonly batchRows: number;
}

/**
 * Reads the progress that the last run saved. If the statement has changed since that run, the backfill starts from
 * the first row.
 */
async function readProgress(
  { work }: MigrationRun,
  script: MigrationScript,
  backfill: Backfill,
): Promise<BackfillProgress> {
  const { rows } = await work.query<{ lastKey: string | null; rowsWalked: string; batchRows: number }>(
    `INSERT INTO changeover.backfill AS b (id, phase, statement_sha256, batch_rows) VALUES ($1, $2, $3, $4)
     ON CONFLICT (id, phase) DO UPDATE SET statement_sha256 = $3,
       last_key = CASE WHEN b.statement_sha256 = $3 THEN b.last_key END,
       rows_walked = CASE WHEN b.statement_sha256 = $3 THEN b.rows_walked ELSE 0 END,
       batch_rows = CASE WHEN b.statement_sha256 = $3 THEN b.batch_rows ELSE $4 END
     RETURNING last_key AS "lastKey", rows_walked AS "rowsWalked", batch_rows AS "batchRows"`,
    [script.id, script.phase, sha256(backfill.statement), backfill.batch],
  );
  const row = rows[0] ?? { lastKey: null, rowsWalked: "0", batchRows: backfill.batch };
  return { ...row, rowsWalked: Number(row.rowsWalked) };
}

interface Walk {
  readonly script: MigrationScript;
  readonly backfill: Backfill;
  readonly keyType: string;
  /** Number of rows from the server's statistics, or -1 without statistics. */
  readonly estimatedRows: number;
}

/** Checks that batches along the key miss no row and need no scan of the whole table. */
async function planWalk({ work }: MigrationRun, script: MigrationScript, backfill: Backfill): Promise<Walk> {
  const { table, key, line } = backfill;
  const { rows } = await work.query<{ type: string; estimate: string; notNull: boolean; indexed: boolean }>(
    `SELECT format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS "notNull",
            (SELECT reltuples::bigint FROM pg_class WHERE oid = a.attrelid) AS estimate,
            EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indkey[0] = a.attnum
                       AND i.indisvalid AND i.indpred IS NULL) AS indexed
       FROM pg_attribute a
      WHERE a.attrelid = to_regclass($1) AND a.attname = (parse_ident($2))[1] AND NOT a.attisdropped AND a.attnum > 0`,
    [table, key],
  );
  const found = rows[0];
  const where = `${script.file}:${line}`;
  if (!found) throw new MigrationError(`${where}: key must be a column of ${table}, got ${key}.`);
  if (!found.notNull || !found.indexed) {
    throw new MigrationError(
      `${where}: key must be NOT NULL and the first column of an index, got ${table}.${key}. Use the primary key.`,
    );
  }
  return { script, backfill, keyType: found.type, estimatedRows: Number(found.estimate) };
}

/**
 * Processes one batch and returns the progress. If no row is left, it marks the script as applied and returns
 * undefined.
 */
async function walkBatch(
  run: MigrationRun,
  { script, backfill, keyType }: Walk,
  from: BackfillProgress,
): Promise<BackfillProgress | undefined> {
  const { work, limits } = run;
  const { table, key } = backfill;
  const startedAt = performance.now();
  // The short timeouts keep the batch from holding its row locks while it waits for a row of another client.
  await work.query(
    `BEGIN; SET LOCAL lock_timeout = ${limits.batchTargetMs}; SET LOCAL statement_timeout = ${limits.stallBudgetMs}`,
  );
  const { rows } = await work.query<{ first: string; last: string; count: number }>(
    `SELECT (array_agg(k))[1]::text AS first, (array_agg(k))[count(*)]::text AS last, count(*)::int AS count
       FROM (SELECT ${key} AS k FROM ${table} ${from.lastKey === null ? "WHERE $1::text IS NULL" : `WHERE ${key} > $1::${keyType}`}
              ORDER BY ${key} LIMIT $2) AS batch`,
    [from.lastKey, from.batchRows],
  );
  const batch = rows[0];
  if (!batch || batch.count === 0) {
    await writeApplied(work, script);
    await work.query("COMMIT");
    return undefined;
  }
  await work.query(backfill.statement, [batch.first, batch.last]);
  const rowsWalked = from.rowsWalked + batch.count;
  await work.query(
    `UPDATE changeover.backfill SET last_key = $3, rows_walked = $4, batch_rows = $5, updated_at = clock_timestamp()
      WHERE id = $1 AND phase = $2`,
    [script.id, script.phase, batch.last, rowsWalked, from.batchRows],
  );
  await work.query("COMMIT");
  const elapsedMs = performance.now() - startedAt;
  return {
    lastKey: batch.last,
    rowsWalked,
    batchRows: nextBatchRows(from.batchRows, elapsedMs, limits.batchTargetMs),
  };
}

function smallerBatch(
  run: MigrationRun,
  script: MigrationScript,
  failure: unknown,
  from: BackfillProgress,
): BackfillProgress {
  const state = `${from.rowsWalked} rows are finished and kept; the others are not processed.`;
  const line = script.backfill?.line ?? 1;
  if (!["55P03", "40P01", "57014"].includes(codeOf(failure))) {
    throw scriptFailure(failure, script, script.backfill?.statement ?? "", line, state);
  }
  if (codeOf(failure) === "57014" && from.batchRows === 1) {
    throw new MigrationError(
      `${script.file}:${line}: one row takes longer than the stall budget of ${run.limits.stallBudgetMs} ms. ${state} ` +
        "Check with EXPLAIN that the statement uses the key's index, and check its triggers.",
    );
  }
  return { ...from, batchRows: Math.max(1, Math.floor(from.batchRows / 2)) };
}

function progressText(rowsWalked: number, estimatedRows: number): string {
  return `${rowsWalked} ${estimatedRows > rowsWalked ? `of about ${estimatedRows} ` : ""}rows are finished`;
}

/**
 * Runs a backfill along the table's key. Each batch is a short transaction that also saves the progress.
 *
 * @throws OutOfTime if the deadline is near; the next run continues
 * @throws MigrationError
 */
export async function applyBackfill(
  run: MigrationRun,
  script: MigrationScript,
  backfill: Backfill,
): Promise<void> {
  const { limits, deadline, log } = run;
  const walk = await planWalk(run, script, backfill);
  let progress: BackfillProgress | undefined = await readProgress(run, script, backfill);
  let blockedSince: number | undefined;
  let holders: readonly LockHolder[] = [];
  let loggedAt = Date.now();
  while (progress) {
    if (deadline.remainingMs() < MARGIN_MS)
      throw new OutOfTime(
        `${script.file}:${backfill.line}: ${progressText(progress.rowsWalked, walk.estimatedRows)}`,
      );
    const watch = new LockWatch(run, { everyMs: 20 });
    const before: BackfillProgress = progress;
    try {
      progress = await walkBatch(run, walk, before);
      blockedSince = undefined;
    } catch (failure) {
      if (isConnectionLost(failure))
        throw scriptFailure(failure, script, backfill.statement, backfill.line, "");
      await rollback(run);
      progress = smallerBatch(run, script, failure, before);
      blockedSince ??= Date.now();
      if (watch.holders.length > 0) holders = watch.holders;
      if (Date.now() - blockedSince > limits.lockWaitSeconds * 1000) {
        throw new MigrationError(
          `${script.file}:${backfill.line}: the next rows stayed locked for ${limits.lockWaitSeconds} s by ` +
            `${describeHolders(holders)}. ${before.rowsWalked} rows are finished and kept. End that transaction and run again.`,
        );
      }
      await sleep(Math.min(250, limits.batchTargetMs * 2));
    } finally {
      await watch.end();
    }
    if (progress && Date.now() - loggedAt > 5_000) {
      loggedAt = Date.now();
      log("backfill continues", {
        script: script.file,
        rows: progress.rowsWalked,
        batchRows: progress.batchRows,
      });
    }
  }
  log("backfill finished", { script: script.file });
}
