import { isAwsType } from "../../aws/resource-types";
import type { GraphResource } from "../../engine/program/graph";
import type { Step } from "../../engine/state/step";
import type { Comparison } from "../compare/comparison";
import { byFormerUrn, plainInputs } from "../compare/resources";
import { enumerateUpTo } from "../wording";
import { distinct, type FindingContent, info, warning } from "./finding";

/** Reports what is watched and who is notified, if an update changes it. */
export const alarmsCheck = { topic: "alarms", find } as const;

const MAX_NAMES = 6;
const TARGETS = ["alarmActions", "okActions", "insufficientDataActions"];

function find(comparison: Comparison): FindingContent[] {
  const { base, head, steps } = comparison;
  // A new stack has new alarms only.
  if (base.resources.length === 0) return [];
  const olds = new Map(base.resources.map((each) => [each.urn, each]));
  const alarms = (graph: typeof head) =>
    [...byFormerUrn(graph, base)].filter(([, { type, read }]) => !read && isAlarm(type));
  const [before, after] = [new Map(alarms(base)), new Map(alarms(head))];
  const changed = [...after].flatMap(([urn, next]) => {
    const old = olds.get(urn);
    return old === undefined ? [] : [{ old, next }];
  });
  return distinct([
    ...changedTargets(changed),
    ...changedLimits(changed),
    ...addedAndRemoved(before, after, steps),
  ]);
}

interface AlarmChange {
  readonly old: GraphResource;
  readonly next: GraphResource;
}

const NO_TARGET = "no target";

function changedTargets(changes: readonly AlarmChange[]): FindingContent[] {
  const targetsOf = (resource: GraphResource) => {
    const inputs = plainInputs(resource);
    return TARGETS.flatMap((key) => (Array.isArray(inputs[key]) ? inputs[key] : [])).map(String);
  };
  const groups = new Map<string, string[]>();
  for (const { old, next } of changes) {
    const [before, after] = [targetsOf(old), targetsOf(next)].map(
      (each) => [...new Set(each)].sort().join(", ") || NO_TARGET,
    );
    if (before === after) continue;
    const text = `${before} → ${after}`;
    groups.set(text, [...(groups.get(text) ?? []), next.name]);
  }
  if (groups.size === 0) return [];
  const total = [...groups.values()].flat().length;
  const isSilenced = [...groups.keys()].some((text) => text.endsWith(NO_TARGET));
  const summary = `Alarms notify other targets: ${total} ${total === 1 ? "alarm changes" : "alarms change"}${isSilenced ? ", and some notify no target any more" : ""}. The preview cannot tell who receives them.`;
  const details = [...groups].map(([text, names]) => `${text}: ${enumerateUpTo(MAX_NAMES, names)}`);
  return [warning("alarm-targets-changed", summary, details)];
}

function changedLimits(changes: readonly AlarmChange[]): FindingContent[] {
  const details = changes.flatMap(({ old, next }) => {
    const [before, after] = [plainInputs(old), plainInputs(next)];
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
      (key) => !TARGETS.includes(key) && !["tags", "name", "alarmDescription"].includes(key),
    );
    const parts = keys
      .filter((key) => comparable(before[key]) !== comparable(after[key]))
      .map((key) => `${key} ${shown(before[key])} → ${shown(after[key])}`);
    return parts.length > 0 ? [`${next.name}: ${parts.join(", ")}`] : [];
  });
  if (details.length === 0) return [];
  const summary = `Alarms watch with other limits: ${details.length} ${details.length === 1 ? "alarm changes" : "alarms change"}. Alarms of a release also fail its gate check or roll it back.`;
  return [info("alarms-changed", summary, details)];
}

function addedAndRemoved(
  before: ReadonlyMap<string, GraphResource>,
  after: ReadonlyMap<string, GraphResource>,
  steps: readonly Step[],
): FindingContent[] {
  const changed = new Set(steps.filter(({ op }) => op !== "same").map(({ urn }) => urn));
  const added = [...after]
    .filter(([urn]) => !before.has(urn) && changed.has(urn))
    .map(([, { name }]) => name);
  const removed = [...before].filter(([urn]) => !after.has(urn)).map(([, { name }]) => name);
  return [
    ...(removed.length > 0
      ? [warning("alarms-changed", `Alarms are removed: ${enumerateUpTo(MAX_NAMES, removed)}.`)]
      : []),
    ...(added.length > 0
      ? [info("alarms-changed", `Alarms are added: ${enumerateUpTo(MAX_NAMES, added)}.`)]
      : []),
  ];
}

function isAlarm(type: string): boolean {
  return isAwsType(type, "MetricAlarm", "CompositeAlarm");
}

/** The text to compare. Replacing the resource that an alarm watches does not count as a change of the alarm. */
function comparable(value: unknown): string {
  return JSON.stringify(value ?? null).replaceAll("<new ", "<");
}

function shown(value: unknown): string {
  return value === undefined ? "none" : typeof value === "object" ? "(nested values)" : String(value);
}
