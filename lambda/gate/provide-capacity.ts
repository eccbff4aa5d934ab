import type { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import {
  describeGroups,
  type GroupCapacity,
  newestActivityFailure,
  raisedCapacity,
  setDesiredCapacity,
  setMinSize,
} from "../../traffic/capacity";
import { minSizeToRestore, type RaisedMinimum } from "../../traffic/hold";
import { log } from "../function-environment";
import type { CapacityChange } from "./decide";

export type HeldCapacity = RaisedMinimum & { readonly group: string };

/**
 * Raises the desired capacity of a color's Auto Scaling group, and never lowers it.
 *
 * The minimum is raised too. Otherwise target tracking would terminate the new instances once they are warm, because a
 * color without traffic uses no CPU.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html
 */
export class CapacityProvider {
  /** The first size and the newest one; undefined if the gate raised nothing. */
  change: CapacityChange | undefined;
  /** Reason why the capacity was not raised as needed. */
  remark: string | undefined;
  /** The raised minimum; undefined if the minimum is as it was. */
  held: HeldCapacity | undefined;
  private wanted = 0;

  constructor(
    private readonly client: AutoScalingClient,
    private readonly group: string | undefined,
  ) {}

  /** Requests each size only once, so that the gate does not undo a change by another writer. */
  async provide(needed: number): Promise<void> {
    const { group } = this;
    if (group === undefined || needed <= this.wanted) return;
    try {
      const [capacity] = await describeGroups(this.client, [group]);
      if (capacity === undefined) {
        this.remark = `The Auto Scaling group ${group} does not exist`;
        return;
      }
      const { desired, maxSize } = capacity;
      const raised = raisedCapacity(capacity, needed);
      if (raised !== undefined) {
        await setDesiredCapacity(this.client, group, raised);
        this.change = { group, from: this.change?.from ?? desired, to: raised };
      }
      await this.hold(capacity, Math.min(needed, maxSize));
      this.wanted = needed;
      this.remark =
        needed > maxSize
          ? `The Auto Scaling group ${group} may have at most ${maxSize} instances`
          : undefined;
    } catch (error) {
      const { name, message } = error as Error;
      // The group may be in another activity, so the next poll tries again.
      this.remark = `The capacity of ${group} was not raised to ${needed}: ${name}: ${message}`;
    }
  }

  /** Restores the minimum. A minimum that was changed meanwhile stays. */
  async release(): Promise<void> {
    const { held } = this;
    if (held === undefined) return;
    try {
      const [capacity] = await describeGroups(this.client, [held.group]);
      const minSize = capacity && minSizeToRestore(capacity, held);
      if (minSize !== undefined) await setMinSize(this.client, held.group, minSize);
      this.held = undefined;
    } catch (error) {
      log("the minimum size was not restored", { ...held, error: (error as Error).message });
    }
  }

  private async hold({ name: group, minSize }: GroupCapacity, size: number): Promise<void> {
    if (size <= minSize) return;
    await setMinSize(this.client, group, size);
    this.held = { group, minSizeBefore: this.held?.minSizeBefore ?? minSize, heldMinSize: size };
  }

  /** The remarks for a report: what was raised, and why the instances do not start. */
  async remarks(): Promise<string[]> {
    const { group, change, remark } = this;
    if (group === undefined) return [];
    const raised =
      change === undefined
        ? []
        : [`The gate raised the desired capacity from ${change.from} to ${change.to}`];
    const failure = await newestActivityFailure(this.client, group).catch(() => undefined);
    const activity = failure === undefined ? [] : [`The newest activity of the group failed: ${failure}`];
    return [...raised, ...(remark === undefined ? [] : [remark]), ...activity];
  }
}
