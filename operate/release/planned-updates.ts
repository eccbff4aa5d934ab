import type { TrafficColor } from "../colors";
import type { DeployedRelease } from "../deployed-release";
import type { ReleaseGoal } from "./goal";
import { nextUpdate, type ReleaseDecision, type ReleaseSituation, type ReleaseUpdate } from "./next-update";

/** Guard against an endless plan: a release has far fewer updates. */
const MAX_UPDATES = 120;

/** The updates from a stack to the goal if all succeed, and the decision after the last one. */
export function plannedUpdates(
  situation: ReleaseSituation,
  goal: ReleaseGoal,
): { readonly updates: readonly ReleaseUpdate[]; readonly end: ReleaseDecision } {
  const updates: ReleaseUpdate[] = [];
  let current = situation;
  for (;;) {
    const decision = nextUpdate(current, goal);
    if (decision.type !== "update") return { updates, end: decision };
    if (updates.length === MAX_UPDATES)
      throw new Error(`The release to ${goal.version} must end within ${MAX_UPDATES} updates.`);
    updates.push(decision.update);
    current = situationAfter(current, decision.update);
  }
}

export function situationAfter(
  { release, rule, bakeMinutes }: ReleaseSituation,
  { kind, changes, config, shares }: ReleaseUpdate,
): ReleaseSituation {
  const settings = { ...release?.settings, idle: config.idle ?? "warm" };
  const live = config.live as TrafficColor;
  const weights = shares ?? rule?.shares ?? release?.weights ?? { blue: 100, green: 0 };
  const shifted = kind === "first" || shares !== undefined;
  const serial = (rule?.record?.serial ?? release?.serial ?? 0) + (shifted ? 1 : 0);
  const record = shifted
    ? { serial, kind: kind === "first" ? ("first" as const) : ("shift" as const) }
    : rule?.record;
  const after: DeployedRelease = {
    ...release,
    live,
    versions: { blue: config.blueVersion || undefined, green: config.greenVersion || undefined },
    weights,
    serial,
    kind: record?.kind ?? release?.kind,
    contracted: config.contractThrough ? { through: config.contractThrough } : release?.contracted,
    settings,
  };
  return {
    release: after,
    rule: { shares: weights, record, foreign: [] },
    bakeMinutes: changes.bakeMinutes === undefined ? bakeMinutes : Number(changes.bakeMinutes),
  };
}
