import { COLORS, type Color, otherColor } from "../../components/fleet/color";
import type { LastRelease, ServedMemory, ShiftMemory, WatchMemory, Weights } from "./last-release";
import type { ReleaseContext } from "./release-context";
import { historyWith, rolledBackAfter, servedAfter } from "./truth";

/** The last traffic shift, as it is after this update. */
export interface ShiftPlan {
  readonly isShift: boolean;
  /** Contains times of earlier updates only: those of this update are outputs of its steps. */
  readonly shift: ShiftMemory;
  readonly history: readonly ShiftMemory[];
  readonly served: Readonly<Partial<Record<Color, ServedMemory>>>;
  readonly rolledBack: LastRelease["rolledBack"];
  /** The bake of the shift; undefined without one. */
  readonly watch?: WatchMemory;
  readonly weightFactor?: number;
  /** The traffic before this update; undefined on the first one. */
  readonly before?: { readonly serial: number; readonly weights: Weights };
}

export function planShift(context: ReleaseContext): ShiftPlan {
  const { last, weights, serial, isShift, request } = context;
  const served = servedVersions(context);
  const rolledBack = rolledBackVersions(context);
  const before = last && { serial: last.serial ?? 0, weights: last.weights };
  if (last !== undefined && !isShift) {
    const shift = shiftOfMemory(last, serial);
    return {
      isShift,
      shift,
      history: last.history ?? [shift],
      served,
      rolledBack,
      watch: last.watch,
      weightFactor: last.weightFactor,
      before,
    };
  }
  const { actor, commit, reason } = request;
  const given = Object.entries({ actor, commit, reason }).filter(([, value]) => value !== undefined);
  const kind = last === undefined ? "first" : "shift";
  const shift: ShiftMemory = { serial, kind, weights, ...Object.fromEntries(given) };
  return {
    isShift,
    shift,
    history: historyWith(shift, last),
    served,
    rolledBack,
    watch: last && planWatch(context, last.weights),
    weightFactor: context.isAdopted ? otherFactor(serial) : undefined,
    before,
  };
}

/** A new deployment has not served yet. */
function servedVersions({ last, weights, wanted }: ReleaseContext): ShiftPlan["served"] {
  if (last === undefined) return {};
  const served = Object.entries(servedAfter(last, weights));
  return Object.fromEntries(
    served.filter(([color, { version }]) => wanted.versions[color as Color] === version),
  );
}

function rolledBackVersions({ last, weights, wanted }: ReleaseContext): LastRelease["rolledBack"] {
  if (last === undefined) return undefined;
  const isReturn = wanted.live !== last.live && hasServed(last, wanted.live);
  const rolledBack = rolledBackAfter(last, weights, isReturn ? otherColor(wanted.live) : undefined);
  const colors = COLORS.filter(
    (color) => rolledBack?.[color] !== undefined && rolledBack[color] === wanted.versions[color],
  );
  return colors.length === 0
    ? undefined
    : Object.fromEntries(colors.map((color) => [color, rolledBack?.[color]]));
}

/** True if a color was live with its version, and did not lose its traffic to a rollback. */
export function hasServed({ served, rolledBack, versions }: LastRelease, color: Color): boolean {
  const version = versions[color];
  return version !== undefined && served?.[color]?.version === version && rolledBack?.[color] !== version;
}

/**
 * Factor for the weights of a shift after one by another writer. The provider changes the rule only if its actions differ
 * from those that the program declared last, so the same shares are declared as other numbers.
 */
function otherFactor(serial: number): number {
  return 2 + (serial % 8);
}

/** Earlier versions of the program did not record shifts. */
function shiftOfMemory(last: LastRelease, serial: number): ShiftMemory {
  const { kind = "first", weights, actor, commit, reason, started, finished } = last;
  const given = Object.entries({ actor, commit, reason, started, finished });
  return { serial, kind, weights, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) };
}

function planWatch(
  { serial, weights, serving, request }: ReleaseContext,
  weightsBefore: Weights,
): WatchMemory | undefined {
  const gaining = serving.find(({ color }) => weights[color] > weightsBefore[color]);
  const { bakeMinutes = 0 } = request;
  if (bakeMinutes === 0 || gaining === undefined) return undefined;
  const other = otherColor(gaining.color);
  return {
    ...gaining,
    ...{ serial, weights, weightsBefore, bakeMinutes },
    ...(weightsBefore[other] > 0 && { hold: other }),
  };
}

export function gainingColors(weights: Weights, last: LastRelease | undefined): Color[] {
  return COLORS.filter((color) => weights[color] > (last?.weights[color] ?? 0));
}
