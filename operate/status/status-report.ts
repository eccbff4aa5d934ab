import type { WatchedAlarm } from "../../traffic/alarms";
import type { GroupCapacity } from "../../traffic/capacity";
import type { ReleaseControl } from "../../traffic/control";
import type { ShiftRecord } from "../../traffic/shift-record";
import { healthyCount, registered, type TargetHealth } from "../../traffic/targets";
import { TRAFFIC_COLORS, type TrafficColor, type TrafficShares } from "../colors";
import type { RecordedShift } from "../deployed-release";
import type { RuleReading } from "../rule-reading";
import type { StackOutputs } from "../stack-outputs";
import { compareTruth, type TruthKind } from "../truth";
import { type Disagreement, findDisagreements } from "./disagreements";

export const TIERS = ["web", "app"] as const;
type TierName = (typeof TIERS)[number];

/** The state of the stack, as AWS reports it. A part that cannot be read is undefined, and a problem says why. */
export interface StackReadings {
  readonly rule?: RuleReading;
  readonly targets: Readonly<
    Record<TierName, Readonly<Partial<Record<TrafficColor, readonly TargetHealth[]>>>>
  >;
  readonly groups?: readonly GroupCapacity[];
  readonly alarms?: readonly WatchedAlarm[];
  readonly problems: readonly string[];
}

export interface ConfiguredRelease {
  readonly file: string;
  readonly live: TrafficColor;
  readonly canaryPercent: number;
  readonly versions: Readonly<Partial<Record<TrafficColor, string>>>;
}

export interface TierStatus {
  /** Null if the targets cannot be read. */
  readonly healthy: number | null;
  readonly registered: number | null;
  /** Null if the color has no Auto Scaling group, or if it cannot be read. */
  readonly desired: number | null;
  readonly min: number;
  readonly max: number;
}

export interface ColorStatus {
  readonly version: string | null;
  /** Share of the traffic in percent; null if the rule cannot be read. */
  readonly traffic: number | null;
  readonly state: "serving" | "warm" | "retired" | "empty" | "unknown";
  readonly tiers: Readonly<Record<TierName, TierStatus>>;
  readonly alarms: readonly string[];
}

/** The result of `changeover status --json`. Fields are added, and never removed or changed. */
export interface StatusReport {
  readonly stack: string | null;
  readonly name: string;
  readonly region: string;
  readonly traffic: {
    /** Shares of the production rule; null if it cannot be read. */
    readonly rule: TrafficShares | null;
    readonly record: ShiftRecord | null;
    /** Shares after the last update; null before the first one. */
    readonly recorded: TrafficShares | null;
    readonly serial: number | null;
    /** Shares that the stack's file asks for; null if it cannot be read. */
    readonly config: TrafficShares | null;
    readonly relation: TruthKind;
  };
  readonly colors: Readonly<Record<TrafficColor, ColorStatus>>;
  readonly alarms: readonly {
    readonly name: string;
    readonly state: string;
    readonly since: string | null;
    readonly reason: string | null;
  }[];
  readonly pendingMigrations: readonly string[];
  readonly rollback: { readonly open: boolean; readonly color: TrafficColor; readonly reason: string } | null;
  readonly history: readonly RecordedShift[];
  readonly disagreements: readonly Disagreement[];
  readonly problems: readonly string[];
}

export interface StatusFacts {
  readonly stack?: string;
  readonly outputs: StackOutputs;
  readonly config?: ConfiguredRelease;
  readonly readings: StackReadings;
}

export function buildStatus({ stack, outputs, config, readings }: StatusFacts): StatusReport {
  const { control, release } = outputs;
  const { rule } = readings;
  const problems =
    outputs.releaseProblem === undefined ? readings.problems : [outputs.releaseProblem, ...readings.problems];
  const colors = {
    blue: colorStatus("blue", outputs, readings),
    green: colorStatus("green", outputs, readings),
  };
  const relation = release === undefined ? "unread" : compareTruth(release, rule);
  return {
    stack: stack ?? null,
    name: control.name,
    region: control.region,
    traffic: {
      rule: rule?.shares ?? null,
      record: rule?.record ?? null,
      recorded: release?.weights ?? null,
      serial: release?.serial ?? null,
      config: config === undefined ? null : sharesOf(config),
      relation,
    },
    colors,
    alarms: (readings.alarms ?? []).map(({ name, state, since, reason }) => ({
      name,
      state,
      since: since?.toISOString() ?? null,
      reason: reason ?? null,
    })),
    pendingMigrations: control.migrations.pending,
    rollback: rollbackStatus(outputs, colors, relation),
    history: release?.history ?? [],
    disagreements: findDisagreements({ stack, release, rule, config }),
    problems,
  };
}

export function sharesOf({ live, canaryPercent }: ConfiguredRelease): TrafficShares {
  const other = live === "blue" ? "green" : "blue";
  return { blue: 0, green: 0, [live]: 100 - canaryPercent, [other]: canaryPercent };
}

export function alarmNames({ alarms, tiers }: ReleaseControl): string[] {
  const byColor = TRAFFIC_COLORS.flatMap((color) => TIERS.flatMap((tier) => tiers[tier][color].alarms));
  return [...new Set([...alarms, ...byColor])];
}

function colorStatus(
  color: TrafficColor,
  { control, release }: StackOutputs,
  { rule, targets, groups, alarms }: StackReadings,
): ColorStatus {
  const tierStatus = (tier: TierName): TierStatus => {
    const { minInstances, maxInstances, ...colors } = control.tiers[tier];
    const found = targets[tier][color];
    const group = groups?.find(({ name }) => name === colors[color].autoScalingGroupName);
    return {
      healthy: found === undefined ? null : healthyCount(found),
      registered: found === undefined ? null : registered(found).length,
      desired: group?.desired ?? null,
      min: group?.minSize ?? minInstances,
      max: group?.maxSize ?? maxInstances,
    };
  };
  const tiers = { web: tierStatus("web"), app: tierStatus("app") };
  const version = release?.versions[color] ?? null;
  const traffic = rule?.shares[color] ?? null;
  const own = TIERS.flatMap((tier) => control.tiers[tier][color].alarms);
  const inAlarm = (alarms ?? []).filter(({ name, state }) => state === "ALARM" && own.includes(name));
  return {
    version,
    traffic,
    state: stateOf(version, traffic, tiers),
    tiers,
    alarms: inAlarm.map(({ name }) => name),
  };
}

function stateOf(
  version: string | null,
  traffic: number | null,
  tiers: ColorStatus["tiers"],
): ColorStatus["state"] {
  if (traffic === null) return "unknown";
  if (traffic > 0) return "serving";
  const counts = TIERS.map((tier) => tiers[tier].registered);
  if (counts.some((count) => count === null)) return "unknown";
  if (counts.some((count) => count !== 0)) return "warm";
  return version === null ? "empty" : "retired";
}

/** The rollback after the last update, corrected by what AWS reports now. */
function rollbackStatus(
  { rollback }: StackOutputs,
  colors: Readonly<Record<TrafficColor, ColorStatus>>,
  relation: TruthKind,
): StatusReport["rollback"] {
  if (rollback === undefined) return null;
  const { color, open, reason } = rollback;
  if (relation === "rolled-back" && colors[color].traffic === 100) {
    return { open: false, color, reason: `traffic is rolled back to ${color} already` };
  }
  if (!open) return { open, color, reason };
  const without = TIERS.filter((tier) => colors[color].tiers[tier].healthy === 0);
  if (without.length === 0) return { open, color, reason };
  return { open: false, color, reason: `${color} has no healthy instance in ${without.join(" and ")}` };
}
