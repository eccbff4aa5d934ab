import type { TrafficClients } from "../../traffic/clients";
import { readProductionRule, setWeights, writeRecord } from "../../traffic/production-rule";
import type { ShiftRecord } from "../../traffic/shift-record";
import { describeTargets, healthyCount } from "../../traffic/targets";
import { log } from "../function-environment";
import { ownershipOf, regainingColors, weightsByGroup } from "./decide";
import type { WatchEvent } from "./event";
import { foreignShiftError, rollbackFailedError } from "./messages";

const ACTOR = "changeover watch";

/**
 * Sets the former weights, and records the rollback on the rule.
 *
 * The weights come first, so that a crash in between leaves the traffic on the former color.
 *
 * @returns the record, and a remark if it could not be written
 * @throws OperatorError if another writer shifted the traffic, or if the former color has no healthy target
 */
export async function rollBack(
  { loadBalancing }: TrafficClients,
  event: WatchEvent,
  reason: string,
): Promise<{ readonly record: ShiftRecord; readonly remarks: readonly string[] }> {
  const { ruleArn, weightsBefore, stickySeconds } = event;
  await requireTargets(loadBalancing, event, reason);
  // Read again immediately before the change, because the load balancer has no conditional write.
  const rule = await readProductionRule(loadBalancing, ruleArn);
  if (ownershipOf(event, rule) !== "own") throw foreignShiftError(event, rule);
  await setWeights(loadBalancing, ruleArn, weightsByGroup(event, weightsBefore), stickySeconds);
  const at = new Date().toISOString();
  const record = { serial: event.serial + 1, kind: "watch-rollback", actor: ACTOR, reason, at } as const;
  log("traffic shifted back", { serial: record.serial, reason });
  try {
    await writeRecord(loadBalancing, ruleArn, record);
    return { record, remarks: [] };
  } catch (error) {
    const { name, message } = error as Error;
    return { record, remarks: [`The rule's tags could not be written (${name}: ${message})`] };
  }
}

/** Weighted target groups do not fail over: a rollback to a group without healthy targets would be an outage. */
async function requireTargets(
  client: TrafficClients["loadBalancing"],
  event: WatchEvent,
  reason: string,
): Promise<void> {
  for (const color of regainingColors(event)) {
    const targets = await describeTargets(client, event.targetGroupArns[color]).catch((error: Error) => {
      log("targets cannot be described", { color, error: error.message });
      return undefined;
    });
    if (targets !== undefined && healthyCount(targets) === 0) {
      throw rollbackFailedError(event, reason, `${color} has no healthy target`);
    }
  }
}
