import { setTimeout as sleep } from "node:timers/promises";
import type { MigrationScript } from "../script/script";
import { describeHolders, holdersOfTables, type LockHolder } from "./holders";
import { beginStatement, isUnfinished, writeApplied, writeFinished } from "./ledger";
import { type Deadline, lockWaitMs, pauseMs } from "./limits";
import { codeOf, isConnectionLost, MigrationError } from "./migration-error";
import {
  type MigrationRun,
  movePosition,
  positionOf,
  resetSession,
  rollback,
  scriptFailure,
} from "./migration-run";
import { UNFINISHED_PROBLEM } from "./plan";
import { type SentScript, sentScript } from "./row-policies";
import { holdsRunnerLock } from "./runner-lock";
import { type LockPlan, lockStatements, planLocks, wantedLocks } from "./table-locks";
import { LockWatch, type StrongLock } from "./watch";

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

export interface TransactionSteps {
  /** Called with the locks held, before the first statement. */
  readonly whenLocked?: () => Promise<void>;
  /** Called after the last statement, before the commit. */
  readonly beforeCommit?: () => Promise<void>;
}

interface Attempt extends TransactionSteps {
  readonly plan: LockPlan;
  readonly sent: SentScript;
  readonly waitMs: number;
  readonly deadlockTimeoutMs: number;
}

/** Moves the position of an error into the script. */
async function send({ sessions }: MigrationRun, opening: string, sent: SentScript): Promise<void> {
  await sessions.work.query(opening + sent.text).catch((error: unknown) => {
    const moved = movePosition(error, -opening.length);
    throw movePosition(moved, -sent.addedBefore(positionOf(moved)));
  });
}

/** All slow work of the runner is done before BEGIN, so that clients do not wait for it. */
async function attempt(run: MigrationRun, script: MigrationScript, options: Attempt): Promise<void> {
  const { sessions, deadline } = run;
  const { plan, sent, waitMs, whenLocked, beforeCommit } = options;
  // One line, so that an error's position is in the line of the file.
  const opening =
    `BEGIN; SET LOCAL statement_timeout = ${deadline.asTimeoutMs()}; ${lockStatements(plan, options)} ` +
    `SET LOCAL lock_timeout = ${Math.max(waitMs, MIN_UNDECLARED_WAIT_MS)}; ${beginStatement(script)} `;
  if (whenLocked) {
    await sessions.work.query(opening);
    await whenLocked();
    await send(run, "", sent);
  } else {
    // The server parses the whole text before it executes the first statement, so before it locks a table.
    await send(run, opening, sent);
  }
  await resetSession(run);
  if (!(await writeFinished(sessions.work, script))) {
    throw new MigrationError(`${script.file}: ${UNFINISHED_PROBLEM}`);
  }
  await beforeCommit?.();
  if (!(await holdsRunnerLock(sessions.work))) {
    throw new MigrationError(
      `${script.file}: the script must not release the runner's lock, as pg_advisory_unlock_all() does. ` +
        "Nothing of the script was applied.",
    );
  }
  if (!script.backfill) await writeApplied(sessions.work, script);
  await sessions.work.query("COMMIT");
}

function lockTimeoutError(
  run: MigrationRun,
  script: MigrationScript,
  tables: readonly string[],
  holders: readonly LockHolder[],
  seconds: number,
): MigrationError {
  const names = tables.join(", ") || "a table (the header declares no -- locks)";
  return new MigrationError(
    `${script.file}: no lock on ${names} within ${Math.round(seconds)} s without making clients wait longer than ` +
      `${run.limits.stallBudgetMs} ms. It is held by ${describeHolders(holders)}. Nothing of the script was applied. ` +
      "End that transaction, or wait for its end, and run again.",
  );
}

function overrunError(run: MigrationRun, script: MigrationScript, tables: readonly string[]): MigrationError {
  return new MigrationError(
    `${script.file}: the script kept ${tables.join(", ") || "rows"} locked for longer than the stall budget of ` +
      `${run.limits.stallBudgetMs} ms in each of ${MAX_OVERRUNS} attempts, and was canceled because clients waited. ` +
      "Nothing of the script was applied. Move the long part out of that lock: constraints NOT VALID and then " +
      "VALIDATE in another script, indexes CONCURRENTLY, many rows as a backfill.",
  );
}

function canRetry(failure: unknown, { canceled }: LockWatch): boolean {
  const code = codeOf(failure);
  if (code === "57014") return canceled === "stall" || canceled === "observer lost";
  return code === "55P03" || code === "40P01";
}

/** The failure of a script that is not tried again, with the actual state of the database. */
async function finalFailure(
  run: MigrationRun,
  script: MigrationScript,
  failure: unknown,
  isOutOfTime: boolean,
): Promise<Error> {
  if (isConnectionLost(failure)) {
    return scriptFailure(
      failure,
      script,
      script.sql,
      1,
      "The ledger records whether the script was applied.",
    );
  }
  const isPartial = await isUnfinished(run.sessions.work, script);
  if (failure instanceof MigrationError) return failure;
  if (!isPartial) {
    return scriptFailure(failure, script, script.sql, 1, "Nothing of the script was applied.", isOutOfTime);
  }
  const problem = UNFINISHED_PROBLEM.replace(/^./, (first) => first.toUpperCase());
  return scriptFailure(failure, script, script.sql, 1, problem, isOutOfTime);
}

async function readDeadlockTimeoutMs({ sessions }: MigrationRun): Promise<number> {
  const { rows } = await sessions.work.query<{ milliseconds: number }>(
    "SELECT setting::int AS milliseconds FROM pg_settings WHERE name = 'deadlock_timeout'",
  );
  return rows[0]?.milliseconds ?? 1_000;
}

/** The attempts to apply a script, and the locks and stalls that they observed. */
class Attempts {
  private readonly startedAt = performance.now();
  private readonly limit: Deadline;
  private readonly seenLocks = new Map<string, StrongLock>();
  private holders: readonly LockHolder[] = [];
  private overruns = 0;
  count = 0;

  constructor(
    private readonly run: MigrationRun,
    private readonly script: MigrationScript,
  ) {
    this.limit = run.deadline.within(run.limits.lockWaitSeconds * 1000);
  }

  async planLocks(): Promise<LockPlan> {
    const { run, script } = this;
    const plan = await planLocks(run.sessions.observer, wantedLocks(script, this.seenLocks.values()));
    if (this.count === 0 && plan.skipped.length > 0) {
      run.log("tables in the header that do not exist", { script: script.file, tables: plan.skipped });
    }
    return plan;
  }

  /**
   * Waits before the next attempt.
   *
   * @throws MigrationError if no further attempt is allowed
   */
  async pauseAfter(watch: LockWatch, plan: LockPlan, waitedMs: number): Promise<void> {
    const { run, script } = this;
    if (watch.overran.length > 0 && ++this.overruns >= MAX_OVERRUNS)
      throw overrunError(run, script, watch.overran);
    for (const [key, lock] of watch.locks) this.seenLocks.set(key, lock);
    const tables = [...new Set([...plan.locks, ...this.seenLocks.values()].map(({ table }) => table))];
    const found =
      watch.holders.length > 0 ? watch.holders : await holdersOfTables(run.sessions.observer, tables);
    if (found.length > 0) this.holders = found;
    const milliseconds = pauseMs(waitedMs);
    if (this.limit.remainingMs() < milliseconds) {
      throw lockTimeoutError(run, script, tables, this.holders, (performance.now() - this.startedAt) / 1000);
    }
    if (this.count % 20 === 0) {
      run.log("waiting for a lock", { script: script.file, attempts: this.count + 1, holders: this.holders });
    }
    this.count++;
    await sleep(milliseconds);
  }
}

/**
 * Applies a script in one transaction. Clients never wait longer than the stall budget for it.
 *
 * @throws MigrationError with the state of the database
 */
export async function applyInTransaction(
  run: MigrationRun,
  script: MigrationScript,
  steps: TransactionSteps = {},
): Promise<void> {
  const deadlockTimeoutMs = await readDeadlockTimeoutMs(run);
  const { stallBudgetMs } = run.limits;
  const sent = await sentScript(run.sessions.observer, script);
  for (const attempts = new Attempts(run, script); ; ) {
    const waitMs = lockWaitMs(attempts.count, stallBudgetMs);
    const plan = await attempts.planLocks();
    const watch = new LockWatch(run, { everyMs: 25, stallBudgetMs });
    let failure: unknown;
    try {
      await attempt(run, script, { ...steps, plan, sent, waitMs, deadlockTimeoutMs });
      return;
    } catch (error) {
      failure = error;
    } finally {
      await watch.end();
    }
    if (!isConnectionLost(failure)) await rollback(run);
    if (!canRetry(failure, watch)) {
      const isOutOfTime = watch.canceled === "deadline" || run.deadline.remainingMs() <= 0;
      throw await finalFailure(run, script, failure, isOutOfTime);
    }
    await attempts.pauseAfter(watch, plan, waitMs);
  }
}
