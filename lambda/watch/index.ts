/** Watches a traffic shift while it bakes, and shifts the traffic back on an alarm or a failed check. */

import { setTimeout as sleep } from "node:timers/promises";
import { findGroups } from "../../traffic/capacity";
import { CheckSeries } from "../../traffic/check-series";
import { createTrafficClients, type TrafficClients } from "../../traffic/clients";
import { adoptHolds, holdGroups, releaseGroups } from "../../traffic/hold";
import { notify } from "../../traffic/notify";
import { type RuleState, readProductionRule, writeTags } from "../../traffic/production-rule";
import { log, readEnvironment } from "../function-environment";
import { type FunctionContext, forOperators, OperatorError } from "../operator-error";
import { AlarmReader } from "./alarm-reader";
import { BAKED_TAG, ownershipOf, rollbackReason, weightsByGroup } from "./decide";
import {
  gateFinishedAt,
  heldByGate,
  isRollback,
  previousResult,
  readEvent,
  type WatchEvent,
  type WatchResult,
} from "./event";
import { bakedText, blindError, foreignShiftError, rollbackFailedError, rolledBackError } from "./messages";
import { rollBack } from "./roll-back";

const MINUTE_MS = 60_000;
const MINUTES_PER_INVOCATION = 14;
/** Time that is left for a rollback and the report before Lambda ends the process. */
const REPORT_MARGIN_MS = 45_000;
/** The watch fails after this time without a successful read of the alarms. */
const BLIND_LIMIT_MS = 2 * MINUTE_MS;
/** The same limit at the end of an invocation. */
const BLIND_AT_END_MS = MINUTE_MS;

/**
 * Watches one part of a bake.
 *
 * It can be invoked again at any time, also after a crash, because the rule's tags record its progress.
 *
 * @throws OperatorError after a rollback, if another writer shifted the traffic, or if the watch cannot watch
 */
export const handler = forOperators<WatchResult>(
  "WatchFailed",
  {
    state: "The traffic stays at the weights of the shift, and an alarm does not shift it back.",
    remedy: "Watch the alarms by hand. Correct the cause and run `pulumi up` again, which repeats the watch.",
  },
  async (input, context) => {
    const read = readEvent(input);
    const clients = createTrafficClients();
    try {
      const found = await groupsToHold(read, clients);
      const event = {
        ...read,
        hold: [...read.hold, ...found, ...heldByGate(read).map(({ group }) => group)],
      };
      return await watch(event, clients, context);
    } finally {
      clients.destroy();
    }
  },
);

async function watch(
  event: WatchEvent,
  clients: TrafficClients,
  context: FunctionContext | undefined,
): Promise<WatchResult> {
  const { serial, color, version, ruleArn } = event;
  const before = previousResult(event);
  const startedAt = before?.startedAt ?? new Date().toISOString();
  const result = (outcome: WatchResult["outcome"], remarks: readonly string[] = []): WatchResult => ({
    ...{ outcome, serial, color, version, startedAt },
    finishedAt: new Date().toISOString(),
    remarks: [...remarks],
  });
  if (before !== undefined && before.outcome !== "watching") return before;
  if (isRollback(event)) return result("skipped", ["A rollback is not watched."]);
  if (event.weightsBefore.blue + event.weightsBefore.green === 0) {
    return result("skipped", ["There is no traffic before this shift to return to."]);
  }
  const rule = await readProductionRule(clients.loadBalancing, ruleArn);
  const ownership = ownershipOf(event, rule);
  if (ownership === "own") {
    const endsAt = Date.parse(startedAt) + event.bakeMinutes * MINUTE_MS;
    const shiftedAt = gateFinishedAt(event) ?? Date.parse(startedAt);
    return await watchOwnShift(event, clients, rule, { endsAt, shiftedAt, result, context });
  }
  const remarks = await releaseHolds(event, clients);
  if (ownership === "baked") return result("baked", remarks);
  if (ownership === "rolled-back" && rule.record !== undefined) {
    throw rolledBackError(event, rule.weights, rule.record, remarks);
  }
  throw foreignShiftError(event, rule);
}

interface Bake {
  readonly endsAt: number;
  /** Time of the shift, in milliseconds since the epoch. */
  readonly shiftedAt: number;
  readonly result: (outcome: WatchResult["outcome"], remarks?: readonly string[]) => WatchResult;
  readonly context: FunctionContext | undefined;
}

/** A group that cannot be found is not held, as one that cannot be changed. */
async function groupsToHold(
  { holdColor, targetGroupArns }: WatchEvent,
  { autoScaling }: TrafficClients,
): Promise<string[]> {
  if (holdColor === undefined) return [];
  try {
    return await findGroups(autoScaling, readEnvironment().stack, targetGroupArns[holdColor]);
  } catch (error) {
    log("the groups to hold cannot be found", { error: (error as Error).message });
    return [];
  }
}

async function watchOwnShift(
  event: WatchEvent,
  clients: TrafficClients,
  rule: RuleState,
  { endsAt, shiftedAt, result, context }: Bake,
): Promise<WatchResult> {
  const { holds, remarks } = await hold(event, clients, rule);
  const deadline = invocationDeadline(context);
  try {
    await observe(event, clients, { until: Math.min(endsAt, deadline), shiftedAt });
  } catch (error) {
    const notRestored = await releaseHolds(event, clients, holds);
    if (error instanceof OperatorError) throw withRemarks(error, notRestored);
    throw error;
  }
  const isBaked = Date.now() >= endsAt;
  if (!isBaked && event.step < event.steps) return result("watching", remarks);
  remarks.push(...(await releaseHolds(event, clients, holds)));
  if (!isBaked) throw blindError(event, "the invocations ended before the bake did");
  remarks.push(...(await recordBaked(event, clients)));
  const baked = result("baked", remarks);
  await notify(
    clients,
    { type: "Shift Baked", text: bakedText(event), detail: detailOf(event, baked) },
    topics(),
    log,
  );
  return baked;
}

function invocationDeadline(context: FunctionContext | undefined): number {
  const remainingMs = (context?.getRemainingTimeInMillis() ?? Number.POSITIVE_INFINITY) - REPORT_MARGIN_MS;
  return Date.now() + Math.min(MINUTES_PER_INVOCATION * MINUTE_MS, Math.max(0, remainingMs));
}

/**
 * Polls until the end of the invocation or of the bake.
 *
 * @throws OperatorError after a rollback, or if alarms cannot be read any more
 */
async function observe(
  event: WatchEvent,
  clients: TrafficClients,
  { until, shiftedAt }: { readonly until: number; readonly shiftedAt: number },
): Promise<void> {
  const { stack } = readEnvironment();
  const { color, version } = event;
  const alarms = new AlarmReader(clients.cloudWatch, event.alarms);
  const checks = new CheckSeries(clients, event.checks, { stage: "BAKE_TIME", stack, color, version });
  let isChecking = false;
  const startChecks = () => {
    // A check may take a minute; the alarms are still read meanwhile.
    if (isChecking) return;
    isChecking = true;
    void checks.run().finally(() => {
      isChecking = false;
    });
  };
  let reason: string | undefined;
  let failure: string | undefined;
  for (;;) {
    startChecks();
    reason ??= rollbackReason(await alarms.read(), checks.failed, shiftedAt);
    if (reason !== undefined) failure = await rollBackAndThrow(event, clients, reason);
    else await requireOwnRule(event, clients);
    const blind = alarms.blindFor(BLIND_LIMIT_MS);
    if (blind !== undefined) throw blindError(event, blind);
    if (alarms.missing.length > 0) log("alarms do not exist", { alarms: alarms.missing });
    const leftMs = until - Date.now();
    if (leftMs <= 0) break;
    await sleep(Math.min(event.pollSeconds * 1000, leftMs));
  }
  if (reason !== undefined) throw rollbackFailedError(event, reason, failure ?? "it did not succeed");
  const blind = alarms.blindFor(BLIND_AT_END_MS) ?? alarms.neverRead;
  if (blind !== undefined) throw blindError(event, blind);
}

/** @throws OperatorError if another writer shifted the traffic */
async function requireOwnRule(event: WatchEvent, { loadBalancing }: TrafficClients): Promise<void> {
  let rule: RuleState;
  try {
    rule = await readProductionRule(loadBalancing, event.ruleArn);
  } catch (error) {
    log("the production rule cannot be read", { error: (error as Error).message });
    return;
  }
  if (ownershipOf(event, rule) !== "own") throw foreignShiftError(event, rule);
}

/**
 * Shifts the traffic back and throws the error that fails the update.
 *
 * @returns the reason why the traffic could not be shifted; the next poll tries again
 */
async function rollBackAndThrow(event: WatchEvent, clients: TrafficClients, reason: string): Promise<string> {
  let done: Awaited<ReturnType<typeof rollBack>>;
  try {
    done = await rollBack(clients, event, reason);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const { name, message } = error as Error;
    log("the traffic cannot be shifted back", { error: `${name}: ${message}` });
    return `the production rule cannot be changed: ${name}: ${message}`;
  }
  const { record, remarks } = done;
  const error = rolledBackError(event, weightsByGroup(event, event.weightsBefore), record, remarks);
  const detail = { ...detailOf(event), ...record, weights: event.weightsBefore };
  await notify(clients, { type: "Shift Rolled Back", text: error.message, detail }, topics(), log);
  throw error;
}

function detailOf(event: WatchEvent, result: Partial<WatchResult> = {}): Record<string, unknown> {
  const { serial, color, version, weights, actor, reason } = event;
  return { stack: readEnvironment().stack, serial, color, version, weights, actor, reason, ...result };
}

function topics(): readonly string[] {
  return readEnvironment().topicArns;
}

/** The tag ends a repeated invocation at once, for example by a new version of the function. */
async function recordBaked(
  { ruleArn, serial }: WatchEvent,
  { loadBalancing }: TrafficClients,
): Promise<string[]> {
  try {
    await writeTags(loadBalancing, ruleArn, { [BAKED_TAG]: String(serial) });
    return [];
  } catch (error) {
    const remark = `The end of the bake is not recorded on the rule: ${(error as Error).message}`;
    log(remark);
    return [remark];
  }
}

interface Held {
  /** Tags of the rule with the former minimum sizes. */
  readonly holds: Readonly<Record<string, string>>;
  readonly remarks: string[];
}

/** A group that cannot be held is a remark, not a failure. */
async function hold(event: WatchEvent, clients: TrafficClients, { tags }: RuleState): Promise<Held> {
  try {
    const adopted = await adoptHolds(clients, event.ruleArn, tags, heldByGate(event));
    const holds = await holdGroups(clients, event.ruleArn, { ...tags, ...adopted }, event.hold);
    return { holds, remarks: [] };
  } catch (error) {
    const remark = `The size of ${event.hold.join(", ")} is not held: ${(error as Error).message}`;
    log(remark);
    return { holds: {}, remarks: [remark] };
  }
}

/**
 * Restores the minimum sizes, also if the tags were removed meanwhile.
 *
 * @returns a remark if a minimum size could not be restored
 */
async function releaseHolds(
  event: WatchEvent,
  clients: TrafficClients,
  holds: Held["holds"] = {},
): Promise<string[]> {
  if (event.hold.length === 0) return [];
  try {
    const { tags } = await readProductionRule(clients.loadBalancing, event.ruleArn);
    await releaseGroups(clients, event.ruleArn, { ...holds, ...tags }, event.hold);
    return [];
  } catch (error) {
    const remark = `The minimum size of ${event.hold.join(", ")} was not restored: ${(error as Error).message}`;
    log(remark);
    return [remark];
  }
}

function withRemarks(error: OperatorError, remarks: readonly string[]): OperatorError {
  if (remarks.length === 0) return error;
  const { cause, state, remedy } = error.sentences;
  return new OperatorError(error.name, { cause, state: `${state} ${remarks.join(". ")}.`, remedy });
}
