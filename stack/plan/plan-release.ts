import { COLORS, type Color } from "../../components/fleet/color";
import type { AnalysisReport } from "../../migrations/analysis/report";
import { RefusedError } from "../validation-error";
import { type GatePlan, planGates } from "./plan-gate-checks";
import { appliedAfter, type ScriptFacts } from "./scripts";
import { planSchema, type SchemaPlan, type WayBack, wayBack } from "./plan-migrations";
import { canServe, type LastRelease, versionsInUse, type WantedRelease, weightsOf } from "./release-context";
import { refuseLint } from "./validate-lint";
import { refuseSchema } from "./validate-migrations";
import { refuseQueries } from "./validate-queries";
import { refuseRelease, refuseTransition } from "./validate-transition";

/** What one update does, decided before any resource is declared. */
export interface ReleasePlan {
  readonly weights: Readonly<Record<Color, number>>;
  /** Each color's release; `on` says whether it has servers. */
  readonly colors: Readonly<Partial<Record<Color, { readonly version: string; readonly on: boolean }>>>;
  /** Each version that a color names, once, oldest first. */
  readonly versions: readonly string[];
  /** One check for each color with users: the live one, and the canary. */
  readonly gates: readonly GatePlan[];
  /** The colors whose servers go only after users have moved. */
  readonly retired: readonly Color[];
  readonly schema: SchemaPlan;
  readonly wayBack: WayBack;
  /** The stack's output `release`, which the next update reads. */
  readonly release: LastRelease;
}

/**
 * Decides what an update does, from what is asked for, what was before, the migration scripts, and what they do to the
 * versions' queries.
 * @param at names this update and no other, such as the time.
 * @throws RefusedError with everything that is wrong at once.
 */
export function planRelease(
  wanted: WantedRelease,
  last: LastRelease | undefined,
  scripts: readonly ScriptFacts[],
  verdict: AnalysisReport,
  at: string,
): ReleasePlan {
  const refusals = [
    ...refuseRelease(wanted),
    ...refuseTransition(last, wanted),
    ...refuseSchema(wanted, last, scripts),
  ];
  // What the scripts' headers rule out needs no other reason.
  if (refusals.length === 0) {
    refusals.push(
      ...refuseQueries(wanted, last, scripts, verdict),
      ...refuseLint(wanted, last, scripts, verdict),
    );
  }
  if (refusals.length > 0) throw new RefusedError(refusals);

  const { live, versions, canaryPercent } = wanted;
  const weights = weightsOf(live, canaryPercent);
  const schema = planSchema(wanted, last, scripts);
  const colors: Partial<Record<Color, { version: string; on: boolean }>> = {};
  for (const [color, version] of Object.entries(versions) as [Color, string | undefined][]) {
    if (version !== undefined) colors[color] = { version, on: canServe(wanted, color) };
  }
  const gates = planGates(wanted, last, at);
  return {
    weights,
    colors,
    versions: versionsInUse(versions),
    gates,
    retired: COLORS.filter((color) => colors[color]?.on === false),
    schema,
    wayBack: wayBack(wanted, last, scripts),
    release: {
      live,
      versions,
      weights,
      contracted: schema.contracted,
      applied: appliedAfter(wanted, last, scripts),
      invocations: {
        expand: schema.expand.maxInvocations,
        contract: schema.contract?.maxInvocations ?? 1,
      },
      looks: Object.fromEntries(gates.flatMap(({ role, look }) => (look ? [[role, look]] : []))),
    },
  };
}
