import { COLORS, type Color } from "../../components/fleet/color";
import type { AnalysisReport } from "../../migrations/analysis/report";
import { compareVersions } from "../../migrations/script/version";
import type { ColorVersion, LastRelease, SettingValues, Weights } from "./last-release";
import { type ScriptFacts, type ScriptHistory, scriptHistory } from "./scripts";
import { isSameWeights } from "./truth";
import { type Capacity, plannedCapacity, trafficWeights, type WantedRelease } from "./wanted-release";

export interface ReleaseInput {
  readonly wanted: WantedRelease;
  /** The state before the update, see {@link compareTruth}. Undefined on the first update. */
  readonly last: LastRelease | undefined;
  /** True if the outputs of the last update were lost. The gate then checks the running instances. */
  readonly isRecovered?: boolean;
  /** True if another writer has shifted the traffic since the last update. */
  readonly isAdopted?: boolean;
  readonly scripts: readonly ScriptFacts[];
  readonly report: AnalysisReport;
  readonly request: ShiftRequest;
  readonly settings: SettingValues;
  readonly defaults: SettingValues;
}

/** Settings of one traffic shift, or of one attempt. */
export interface ShiftRequest {
  readonly updateId?: string;
  readonly actor?: string;
  readonly commit?: string;
  readonly reason?: string;
  readonly bakeMinutes?: number;
  readonly allowMixedFlip?: boolean;
}

/** The input of every decision about a release, computed once. */
export interface ReleaseContext extends ReleaseInput, ScriptHistory, Capacity {
  readonly weights: Weights;
  readonly deployed: readonly Color[];
  readonly isShift: boolean;
  /** The number of traffic shifts once this update is complete. */
  readonly serial: number;
  /** The versions of all colors, each once, oldest first. */
  readonly versions: readonly string[];
  readonly versionsBefore: readonly string[];
  /** The colors that have instances after the update. */
  readonly running: readonly ColorVersion[];
  /** The versions that received traffic after the last update. */
  readonly versionsWithTraffic: readonly string[];
}

export function releaseContext(input: ReleaseInput): ReleaseContext {
  const { wanted, last, scripts } = input;
  const weights = trafficWeights(wanted);
  const isShift = last === undefined || !isSameWeights(weights, last.weights);
  const capacity = plannedCapacity(wanted, weights);
  const versions = distinctVersions(wanted.versions);
  const versionsBefore = distinctVersions(last?.versions ?? {});
  const { serving, idle } = capacity;
  return {
    ...input,
    ...scriptHistory(scripts, last, { before: versionsBefore, after: versions }, wanted.contractThrough),
    ...capacity,
    weights,
    deployed: COLORS.filter(
      (color) => wanted.versions[color] !== undefined && last?.versions[color] === wanted.versions[color],
    ),
    isShift,
    // Earlier versions of the program did not count shifts, so the first update has the number 1.
    serial: last?.serial === undefined ? 1 : last.serial + (isShift ? 1 : 0),
    versions,
    versionsBefore,
    running: COLORS.flatMap((color) => [...serving, ...idle].filter((running) => running.color === color)),
    versionsWithTraffic: COLORS.flatMap((color) =>
      last && last.weights[color] > 0 ? (last.versions[color] ?? []) : [],
    ),
  };
}

function distinctVersions(versions: Readonly<Partial<Record<Color, string>>>): string[] {
  const named = COLORS.flatMap((color) => versions[color] ?? []);
  return [...new Set(named)].sort(compareVersions);
}
