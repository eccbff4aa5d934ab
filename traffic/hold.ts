/**
 * Holds Auto Scaling groups at their size while a shift bakes, so that a rollback has enough capacity.
 *
 * The former minimum is written to the production rule's tags before a group changes. So after a crash, the next run
 * restores the right number.
 */

import { createHash } from "node:crypto";
import { describeGroups, type GroupCapacity, setMinSize } from "./capacity";
import type { TrafficClients } from "./clients";
import { removeTags, writeTags } from "./production-rule";
import { tagValue } from "./shift-record";

/** The minimum of a group that is raised for a time. */
export interface RaisedMinimum {
  readonly minSizeBefore: number;
  readonly heldMinSize: number;
}

export interface HeldGroup extends RaisedMinimum {
  readonly tagKey: string;
}

const PREFIX = "changeover:held:";

function tagKeyOf(groupName: string): string {
  return `${PREFIX}${createHash("sha256").update(groupName).digest("hex").slice(0, 16)}`;
}

/** The hold of a group from the rule's tags; undefined if it is not held. */
export function holdOf(tags: Readonly<Record<string, string>>, groupName: string): HeldGroup | undefined {
  const tagKey = tagKeyOf(groupName);
  const [, before, held] = /^(\d+) (\d+)( |$)/.exec(tags[tagKey] ?? "") ?? [];
  if (before === undefined || held === undefined) return undefined;
  return { tagKey, minSizeBefore: Number(before), heldMinSize: Number(held) };
}

/** Writes holds to the rule's tags that another function has made. Holds that have a tag are left out. */
export async function adoptHolds(
  { loadBalancing }: Pick<TrafficClients, "loadBalancing">,
  ruleArn: string,
  tags: Readonly<Record<string, string>>,
  holds: readonly (RaisedMinimum & { readonly group: string })[],
): Promise<Record<string, string>> {
  const adopted = Object.fromEntries(
    holds
      .filter(({ group }) => holdOf(tags, group) === undefined)
      .map(({ group, minSizeBefore, heldMinSize }) => [
        tagKeyOf(group),
        tagValue(`${minSizeBefore} ${heldMinSize} ${group}`),
      ]),
  );
  if (Object.keys(adopted).length > 0) await writeTags(loadBalancing, ruleArn, adopted);
  return adopted;
}

/** The new minimum of a group; undefined if the group is held already or its minimum is its size. */
export function minSizeToHold(group: GroupCapacity, hold: HeldGroup | undefined): number | undefined {
  if (hold !== undefined && group.minSize === hold.heldMinSize) return undefined;
  return group.desired > group.minSize ? group.desired : undefined;
}

/**
 * Raises the minimum of each group to its desired capacity. A group that does not exist is left out.
 *
 * @returns the tags of the holds
 */
export async function holdGroups(
  { loadBalancing, autoScaling }: Pick<TrafficClients, "loadBalancing" | "autoScaling">,
  ruleArn: string,
  tags: Readonly<Record<string, string>>,
  groupNames: readonly string[],
): Promise<Record<string, string>> {
  const holds = Object.fromEntries(Object.entries(tags).filter(([key]) => key.startsWith(PREFIX)));
  for (const group of await describeGroups(autoScaling, groupNames)) {
    const held = minSizeToHold(group, holdOf(tags, group.name));
    if (held === undefined) continue;
    const value = tagValue(`${group.minSize} ${held} ${group.name}`);
    const hold = { [tagKeyOf(group.name)]: value };
    await writeTags(loadBalancing, ruleArn, hold);
    Object.assign(holds, hold);
    await setMinSize(autoScaling, group.name, held);
  }
  return holds;
}

/** The minimum to restore; undefined if it was changed since, because that change must stay. */
export function minSizeToRestore(group: GroupCapacity, hold: RaisedMinimum): number | undefined {
  return group.minSize === hold.heldMinSize && hold.heldMinSize !== hold.minSizeBefore
    ? hold.minSizeBefore
    : undefined;
}

/** Restores the minimum of each held group and removes the holds from the rule's tags. */
export async function releaseGroups(
  { loadBalancing, autoScaling }: Pick<TrafficClients, "loadBalancing" | "autoScaling">,
  ruleArn: string,
  tags: Readonly<Record<string, string>>,
  groupNames: readonly string[],
): Promise<void> {
  const holds = groupNames.flatMap((name) => holdOf(tags, name) ?? []);
  if (holds.length === 0) return;
  for (const group of await describeGroups(autoScaling, groupNames)) {
    const hold = holdOf(tags, group.name);
    const minSize = hold && minSizeToRestore(group, hold);
    if (minSize !== undefined) await setMinSize(autoScaling, group.name, minSize);
  }
  await removeTags(
    loadBalancing,
    ruleArn,
    holds.map(({ tagKey }) => tagKey),
  );
}
