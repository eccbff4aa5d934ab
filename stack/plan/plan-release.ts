import type { Color } from "../../components/fleet/color";
import { ValidationError } from "../validation-error";
import type { LastRelease, Weights } from "./last-release";
import { planDeployments, type SharedSettings, waitingNote } from "./plan-deployments";
import { type GateCheckPlan, planGateChecks } from "./plan-gate-checks";
import { type LoginPlan, planLogins } from "./plan-logins";
import { type MigrationPlan, planMigrations } from "./plan-migrations";
import { planRollback, type Rollback } from "./plan-rollback";
import { planShift, type ShiftPlan } from "./plan-shift";
import type { ReleaseContext } from "./release-context";
import { flipIssues } from "./validate-flip";
import { lintIssues } from "./validate-lint";
import { migrationIssues } from "./validate-migrations";
import { queryIssues } from "./validate-queries";
import { transitionIssues } from "./validate-transition";
import { type Capacity, releaseIssues } from "./wanted-release";

/** Everything that the program declares for one update. */
export interface ReleasePlan extends Capacity {
  readonly weights: Weights;
  /** The colors whose instances stay as they were deployed, because their version is unchanged. */
  readonly deployed: readonly Color[];
  /** The versions of all colors, each once, oldest first. */
  readonly versions: readonly string[];
  readonly gateChecks: readonly GateCheckPlan[];
  readonly shift: ShiftPlan;
  readonly migrations: MigrationPlan;
  readonly logins: LoginPlan;
  readonly rollback: Rollback;
  /** Settings of the foundation that must fit the instances of every color. */
  readonly shared: SharedSettings;
  /** The stack's output `release`. */
  readonly release: LastRelease;
  readonly warnings: readonly string[];
  /** Remarks for the log of the update. */
  readonly notes: readonly string[];
}

/** @throws ValidationError with all issues */
export function planRelease(context: ReleaseContext): ReleasePlan {
  const issues = [
    ...releaseIssues(context.wanted),
    ...transitionIssues(context),
    ...migrationIssues(context),
  ];
  const rejected = issues.map(({ key }) => key);
  issues.push(...flipIssues(context).filter(({ key }) => !rejected.includes(key)));
  // The SQL of a script is checked only if there is no other issue, so that no script gets a second one.
  if (issues.length === 0) issues.push(...queryIssues(context), ...lintIssues(context));
  if (issues.length > 0) throw new ValidationError(issues);

  const { wanted, weights, versions, serving, idle, retired, appliedAfter, report } = context;
  const gateChecks = planGateChecks(context);
  const shift = planShift(context);
  const released = [...serving, ...idle, ...retired];
  const logins = planLogins({ ...context, released });
  const migrations = planMigrations(context, logins);
  const { expand, contract, contracted } = migrations;
  const deployments = planDeployments({ ...context, released });
  return {
    weights,
    deployed: context.deployed,
    versions,
    serving,
    idle,
    retired,
    gateChecks,
    shift,
    migrations,
    logins,
    rollback: planRollback(context),
    shared: deployments.shared,
    release: {
      live: wanted.live,
      versions: wanted.versions,
      contracted,
      applied: appliedAfter,
      invocations: { expand: expand.maxInvocations, contract: contract?.maxInvocations ?? 1 },
      gateChecks: Object.fromEntries(gateChecks.map(({ role, trigger }) => [role, trigger])),
      ...shift.shift,
      history: shift.history,
      served: shift.served,
      rolledBack: shift.rolledBack,
      watch: shift.watch,
      weightFactor: shift.weightFactor,
      settings: context.settings,
      deployed: deployments.settings,
      logins: logins.kinds,
    },
    warnings: report.unknown ?? [],
    notes: deployments.waiting.map(waitingNote),
  };
}
