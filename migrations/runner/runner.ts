import { Umzug, type UmzugStorage } from "umzug";
import { type MigrationScript, type Phase, scriptName } from "../script/script";
import { type AppRole, endLogins, refreshAppRoles } from "./app-role";
import { checkBackfill, rejectLargeGroups } from "./backfill-walk";
import type { Connection } from "./connection";
import { applyDrained } from "./drain";
import { createLedger, type LedgerRow, readLedger } from "./ledger";
import { DEFAULT_LIMITS, Deadline, type Limits } from "./limits";
import { describeError, MigrationError, OutOfTime, redact } from "./migration-error";
import type { Log, MigrationRun } from "./migration-run";
import { appliedPredicate, type MigrationRequest, type Plan, planContract, planExpand } from "./plan";
import { applyBackfill } from "./run-backfill";
import { applyConcurrently } from "./run-concurrently";
import { applyInTransaction } from "./run-transaction";
import { takeRunnerLock } from "./runner-lock";
import { Sessions } from "./sessions";

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
  /** The logins that an expand sets, see {@link refreshAppRoles}. @default the application's role */
  readonly logins?: readonly AppRole[];
  readonly limits?: Partial<Limits>;
  /** Time at which the run must stop, in milliseconds since the epoch. @default no deadline */
  readonly deadline?: number;
  readonly log?: Log;
  /** Only lists the scripts that would run, and changes nothing. */
  readonly dryRun?: boolean;
}

/** A script that a run completed. */
export interface AppliedScript {
  /** Name with the phase, such as `0002_split_name.expand`. */
  readonly script: string;
  readonly durationMs: number;
  /** Rows that its backfill changed in this run. Absent without a backfill. */
  readonly changedRows?: number;
  /** Longest observed time for which a client waited for the script's locks; 0 if none waited. */
  readonly longestWaitMs: number;
}

export interface MigrationResult {
  readonly phase: Phase;
  readonly applied: readonly string[];
  /** Figures of the applied scripts, in the same order. */
  readonly scripts: readonly AppliedScript[];
  readonly alreadyApplied: readonly string[];
  /** Scripts that are not applied yet, because of a dry run or the deadline. */
  readonly pending: readonly string[];
  /** True if the run stopped at the deadline. Run again to continue. */
  readonly more: boolean;
  readonly stoppedAt?: string;
  readonly durationMs: number;
}

type AppliedScripts = Pick<MigrationResult, "applied" | "scripts" | "stoppedAt">;

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
  { applied, scripts, stoppedAt }: AppliedScripts,
  startedAt: number,
): MigrationResult {
  const done = plan.wanted.filter(plan.isApplied).map(({ id }) => id);
  const pending = plan.wanted.map(({ id }) => id).filter((id) => !done.includes(id));
  return {
    phase: options.request.phase,
    applied,
    scripts,
    alreadyApplied: done.filter((id) => !applied.includes(id)),
    pending,
    more: pending.length > 0 && options.dryRun !== true,
    ...(stoppedAt === undefined ? {} : { stoppedAt }),
    durationMs: Math.round(performance.now() - startedAt),
  };
}

async function apply(
  run: MigrationRun,
  script: MigrationScript,
  started: boolean,
  { request, appRole }: MigrationOptions,
): Promise<{ readonly changedRows?: number }> {
  const { backfill } = script;
  const change = async (whenLocked?: () => Promise<void>) => {
    if (!script.transactional) return applyConcurrently(run, script);
    if (started) return;
    if (backfill) await rejectLargeGroups(run.sessions.work, script, backfill);
    const beforeCommit = backfill && (() => checkBackfill(run.sessions.work, script, backfill));
    await applyInTransaction(run, script, { whenLocked, beforeCommit });
    // A later run continues the backfill in a new session, so this run uses a new one, too.
    if (backfill) await renewSession(run);
  };
  if (request.phase === "contract") {
    const { appName, retiredRoles } = request;
    await applyDrained(run, { script, appName, role: appRole?.username, retiredRoles }, change);
  } else await change();
  return backfill ? { changedRows: await applyBackfill(run, script, backfill) } : {};
}

async function renewSession({ sessions, deadline, limits }: MigrationRun): Promise<void> {
  await sessions.renew(deadline.within(limits.runnerWaitSeconds * 1000));
}

async function applyPlan(run: MigrationRun, options: MigrationOptions, plan: Plan): Promise<AppliedScripts> {
  const applied: string[] = [];
  const scripts: AppliedScript[] = [];
  let isFresh = true;
  // Umzug must not write the ledger, because each script's transaction does.
  const storage: UmzugStorage = {
    executed: async () => plan.wanted.filter(plan.isApplied).map(scriptName),
    logMigration: async () => {},
    unlogMigration: async () => {},
  };
  const up = async (script: MigrationScript) => {
    if (run.deadline.remainingMs() <= 0) throw new OutOfTime(`${script.file}: not started`);
    if (!isFresh) await renewSession(run);
    isFresh = false;
    // Another runner may have held the lock between two scripts.
    const ledger = await readLedger(run.sessions.work);
    if (planFor(options, ledger).isApplied(script)) return;
    run.log("script started", { script: script.file });
    const startedAt = performance.now();
    let longestWaitMs = 0;
    const onStall = (waitedMs: number) => {
      longestWaitMs = Math.max(longestWaitMs, Math.round(waitedMs));
    };
    let rows: Awaited<ReturnType<typeof apply>>;
    try {
      const started = ledger.some((row) => scriptName(row) === scriptName(script));
      rows = await apply({ ...run, onStall }, script, started, options);
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
    const durationMs = Math.round(performance.now() - startedAt);
    applied.push(script.id);
    scripts.push({ script: scriptName(script), durationMs, ...rows, longestWaitMs });
    run.log("script applied", { script: script.file, durationMs });
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
    return { applied, scripts, stoppedAt: cause.message };
  }
  return { applied, scripts };
}

async function changeLogins(options: MigrationOptions, run: MigrationRun, plan: Plan): Promise<void> {
  const { request, appRole, logins, connection } = options;
  const { work } = run.sessions;
  if (request.phase === "expand") {
    if (appRole) await refreshAppRoles(work, appRole, connection.user, logins);
    return;
  }
  // An applied contract step may run again, for example with new code, while the colors of these roles serve.
  if (plan.wanted.every(plan.isApplied)) return;
  const ended = await endLogins(work, request.retiredRoles ?? [], connection.user);
  if (ended.length > 0) run.log("logins of retired colors ended", { roles: ended });
}

async function work(options: MigrationOptions, run: MigrationRun): Promise<MigrationResult> {
  const startedAt = performance.now();
  const { sessions, limits, deadline } = run;
  const finish = async (plan: Plan, scripts: AppliedScripts) => {
    const isApplied = appliedPredicate(await readLedger(sessions.work));
    return resultOf(options, { ...plan, isApplied }, scripts, startedAt);
  };
  if (options.dryRun)
    return finish(planFor(options, await readLedger(sessions.work)), { applied: [], scripts: [] });
  await takeRunnerLock(sessions.work, deadline.within(limits.runnerWaitSeconds * 1000));
  await createLedger(sessions.work);
  const plan = planFor(options, await readLedger(sessions.work));
  await changeLogins(options, run, plan);
  return finish(plan, await applyPlan(run, options, plan));
}

/**
 * Applies the pending scripts of a request. A script is applied completely or not at all; only a backfill can remain
 * unfinished, and the next run continues it.
 *
 * @throws MigrationError with position, cause, state of the database and remedy
 */
export async function runMigrations(options: MigrationOptions): Promise<MigrationResult> {
  const { appRole, logins = [], connection } = options;
  const secrets = [connection.password, appRole?.password ?? "", ...logins.map(({ password }) => password)];
  const log: Log = (message, fields = {}) => {
    options.log?.(message, JSON.parse(redact(JSON.stringify(fields), secrets)));
  };
  const deadline = Deadline.at(options.deadline);
  const sessions = new Sessions(connection, `changeover-migrate:${options.request.phase}`);
  // Closes the sockets shortly after the deadline. Otherwise a network that drops packets could block the run for
  // longer.
  const guard = deadline.isFinite
    ? setTimeout(() => sessions.destroy(), deadline.remainingMs() + 5_000)
    : undefined;
  try {
    await sessions.open();
    return await work(options, { sessions, limits: { ...DEFAULT_LIMITS, ...options.limits }, deadline, log });
  } catch (error) {
    throw new MigrationError(
      redact(error instanceof MigrationError ? error.message : describeError(error), secrets),
    );
  } finally {
    clearTimeout(guard);
    await sessions.close();
  }
}
