import { Umzug, type UmzugStorage } from "umzug";
import { type MigrationScript, type Phase, scriptName } from "../script/script";
import { type AppRole, refreshAppRole } from "./app-role";
import { type Connection, closeSession, openSession } from "./connection";
import { waitForDrain } from "./drain";
import { createLedger, type LedgerRow, readLedger } from "./ledger";
import { DEFAULT_LIMITS, Deadline, type Limits } from "./limits";
import { describeError, MigrationError, OutOfTime, redact } from "./migration-error";
import type { Log, MigrationRun } from "./migration-run";
import { type MigrationRequest, type Plan, planContract, planExpand } from "./plan";
import { applyBackfill } from "./run-backfill";
import { applyConcurrently } from "./run-concurrently";
import { applyInTransaction } from "./run-transaction";
import { takeRunnerLock } from "./runner-lock";

export interface MigrationOptions {
  readonly connection: Connection;
  /** All scripts of the folder, in the order of loadScripts(). */
  readonly scripts: readonly MigrationScript[];
  readonly request: MigrationRequest;
  /**
   * The application's role. An expand creates or updates it. A contract also waits for connections of this role whose
   * version is unknown.
   */
  readonly appRole?: AppRole;
  readonly limits?: Partial<Limits>;
  /** Time at which the run must stop, in milliseconds since the epoch. @default no deadline */
  readonly deadline?: number;
  readonly log?: Log;
  /** Only lists the scripts that would run, and changes nothing. */
  readonly dryRun?: boolean;
}

export interface MigrationResult {
  readonly phase: Phase;
  readonly applied: readonly string[];
  readonly alreadyApplied: readonly string[];
  /** Scripts that are not applied yet, because of a dry run or the deadline. */
  readonly pending: readonly string[];
  /** True if the run stopped at the deadline. Run again to continue. */
  readonly more: boolean;
  readonly stoppedAt?: string;
  readonly durationMs: number;
}

type AppliedScripts = Pick<MigrationResult, "applied" | "stoppedAt">;

/** A failure with less time left than this is attributed to the deadline. */
const DEADLINE_MARGIN_MS = 1_000;

function planFor({ request, scripts }: MigrationOptions, ledger: readonly LedgerRow[]): Plan {
  return request.phase === "expand"
    ? planExpand(request, scripts, ledger)
    : planContract(request, scripts, ledger);
}

function resultOf(
  options: MigrationOptions,
  plan: Plan,
  { applied, stoppedAt }: AppliedScripts,
  startedAt: number,
): MigrationResult {
  const alreadyApplied = plan.wanted.filter(plan.isApplied).map(({ id }) => id);
  const pending = plan.wanted
    .map(({ id }) => id)
    .filter((id) => !alreadyApplied.includes(id) && !applied.includes(id));
  return {
    phase: options.request.phase,
    applied,
    alreadyApplied,
    pending,
    more: pending.length > 0 && options.dryRun !== true,
    ...(stoppedAt === undefined ? {} : { stoppedAt }),
    durationMs: Date.now() - startedAt,
  };
}

async function apply(run: MigrationRun, script: MigrationScript, started: boolean): Promise<void> {
  if (!script.transactional) await applyConcurrently(run, script);
  else if (!started) await applyInTransaction(run, script);
  if (script.backfill) await applyBackfill(run, script, script.backfill);
}

async function applyPlan(
  run: MigrationRun,
  options: MigrationOptions,
  ledger: readonly LedgerRow[],
  plan: Plan,
): Promise<AppliedScripts> {
  const started = new Set(ledger.map(scriptName));
  const applied: string[] = [];
  // Umzug must not write the ledger, because each script's transaction does.
  const storage: UmzugStorage = {
    executed: async () => plan.wanted.filter(plan.isApplied).map(scriptName),
    logMigration: async () => {},
    unlogMigration: async () => {},
  };
  const up = async (script: MigrationScript) => {
    const { request } = options;
    if (run.deadline.remainingMs() <= 0) throw new OutOfTime(`${script.file}: not started`);
    run.log("script started", { script: script.file });
    const startedAt = Date.now();
    try {
      if (request.phase === "contract") {
        await waitForDrain(run, script, request.appName, options.appRole?.username);
      }
      await apply(run, script, started.has(scriptName(script)));
    } catch (error) {
      // Earlier scripts used up most of the time. The next run begins with this script and has the full time for it.
      if (
        error instanceof MigrationError &&
        applied.length > 0 &&
        run.deadline.remainingMs() < DEADLINE_MARGIN_MS
      ) {
        throw new OutOfTime(error.message);
      }
      throw error;
    }
    applied.push(script.id);
    run.log("script applied", { script: script.file, durationMs: Date.now() - startedAt });
  };
  const umzug = new Umzug({
    migrations: plan.wanted.map((script) => ({ name: scriptName(script), up: () => up(script) })),
    storage,
    logger: undefined,
  });
  try {
    await umzug.up();
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    if (!(cause instanceof OutOfTime)) throw cause;
    run.log("out of time, the next run continues", { at: cause.message });
    return { applied, stoppedAt: cause.message };
  }
  return { applied };
}

async function work(options: MigrationOptions, run: MigrationRun): Promise<MigrationResult> {
  const startedAt = Date.now();
  const { request, dryRun, appRole, connection } = options;
  if (dryRun)
    return resultOf(options, planFor(options, await readLedger(run.work)), { applied: [] }, startedAt);
  await takeRunnerLock(run.work, run.deadline.within(run.limits.runnerWaitSeconds * 1000));
  await createLedger(run.work);
  const ledger = await readLedger(run.work);
  const plan = planFor(options, ledger);
  if (request.phase === "expand" && appRole) await refreshAppRole(run.work, appRole, connection.user);
  return resultOf(options, plan, await applyPlan(run, options, ledger, plan), startedAt);
}

/**
 * Applies the pending scripts of a request. A script is applied completely or not at all; only a backfill can remain
 * unfinished, and the next run continues it.
 *
 * @throws MigrationError with position, cause, state of the database and remedy
 */
export async function runMigrations(options: MigrationOptions): Promise<MigrationResult> {
  const secrets = [options.connection.password, options.appRole?.password ?? ""];
  const log: Log = (message, fields = {}) => {
    options.log?.(message, JSON.parse(redact(JSON.stringify(fields), secrets)));
  };
  const name = `changeover-migrate:${options.request.phase}`;
  const deadline = new Deadline(options.deadline);
  const sessions: Awaited<ReturnType<typeof openSession>>[] = [];
  // Closes the sockets shortly after the deadline. Otherwise a network that drops packets could block the run for
  // longer.
  const guard = Number.isFinite(deadline.at)
    ? setTimeout(
        () => sessions.map((session) => session.connection.stream.destroy()),
        deadline.remainingMs() + 5_000,
      )
    : undefined;
  try {
    const working = await openSession(options.connection, name);
    sessions.push(working);
    const observer = await openSession(options.connection, `${name}:observer`);
    sessions.push(observer);
    // The observer is idle during a backfill and must not be disconnected. It holds no locks, so an idle session does
    // no harm.
    await observer.query("SET idle_session_timeout = 0");
    const { rows } = await working.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    return await work(options, {
      work: working,
      workPid: rows[0]?.pid ?? 0,
      observer,
      limits,
      deadline,
      log,
    });
  } catch (error) {
    throw new MigrationError(
      redact(error instanceof MigrationError ? error.message : describeError(error), secrets),
    );
  } finally {
    clearTimeout(guard);
    await Promise.all(sessions.map(closeSession));
  }
}
