/**
 * The health gate: provides capacity, waits until a color is ready for traffic, and fails with the reasons if it is
 * not.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { createTrafficClients, type TrafficClients } from "../../traffic/clients";
import { notify } from "../../traffic/notify";
import { registered } from "../../traffic/targets";
import { log, readEnvironment } from "../function-environment";
import { type FunctionContext, forOperators, OperatorError } from "../operator-error";
import { Advisers } from "./advisers";
import {
  type CapacityChange,
  describeObservation,
  neededOf,
  type Observation,
  problemsOf,
  remarksOf,
} from "./decide";
import { type DrainedResult, isDrainEvent, NOT_DRAINED, waitUntilDrained } from "./drained";
import { type GateEvent, readEvent } from "./event";
import { type GateMode, gateMode } from "./mode";
import { TierObserver } from "./observe";
import { CapacityProvider, type HeldCapacity } from "./provide-capacity";
import { RuleGuard } from "./rule-guard";

export interface GateResult {
  readonly color: string;
  readonly version: string;
  readonly mode: GateMode;
  readonly sharePercent: number;
  readonly tiers: readonly {
    readonly tier: string;
    readonly healthy: number;
    readonly needed: number;
    readonly raised?: CapacityChange;
    /** The minimum of the group that stays raised for the watch. */
    readonly held?: HeldCapacity;
    /** Ids of the instances that reported the expected version. */
    readonly instances: readonly string[];
  }[];
  /** Remarks that did not stop a rollback: alarms, unhealthy targets, failed requests. */
  readonly advisory: readonly string[];
  readonly checks: readonly string[];
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
}

/** Time that is left for the report before Lambda ends the process. */
const REPORT_MARGIN_MS = 7_000;

const NOTHING: Observation = { targets: [], reports: [], otherHealthy: 0 };

const UNCHANGED = {
  state: "No traffic was shifted, and later steps of the update did not run.",
  remedy: "Correct the cause and run `pulumi up` again.",
};

/**
 * Checks that a color is ready for traffic or, with `check: "drained"`, that a tier has finished its requests.
 *
 * @throws OperatorError with the observations and the remedies.
 */
export const handler = forOperators<GateResult | DrainedResult>(
  "GateCheckFailed",
  (input) => (isDrainEvent(input) ? NOT_DRAINED : UNCHANGED),
  async (input, context) => {
    const clients = createTrafficClients();
    try {
      return isDrainEvent(input)
        ? await waitUntilDrained(input, clients.loadBalancing, remainingMs(context))
        : await checkAndNotify(readEvent(input), clients, remainingMs(context));
    } finally {
      clients.destroy();
    }
  },
);

function remainingMs(context: FunctionContext | undefined): number {
  return (context?.getRemainingTimeInMillis() ?? Number.POSITIVE_INFINITY) - REPORT_MARGIN_MS;
}

async function checkAndNotify(
  event: GateEvent,
  clients: TrafficClients,
  remaining: number,
): Promise<GateResult> {
  const { stack, topicArns } = readEnvironment();
  const { color, version, sharePercent } = event;
  const detail = { stack, color, version, sharePercent };
  try {
    const result = await waitUntilReady(event, clients, remaining, stack);
    const text = passedText(result);
    await notify(clients, { type: "Gate Passed", text, detail: { ...detail, ...result } }, topicArns, log);
    return result;
  } catch (error) {
    const text = (error as Error).message;
    await notify(clients, { type: "Gate Failed", text, detail }, topicArns, log);
    throw error;
  }
}

/** For example `Health gate: green 1.1.0 passed (web 2/2, app 6/6 raised from 2, 41.8 s)`. */
export function passedText({ color, version, mode, tiers, durationMs }: GateResult): string {
  const counts = tiers.map(({ tier, healthy, needed, raised }) => {
    const from = raised === undefined ? "" : ` raised from ${raised.from}`;
    return `${tier} ${healthy}/${needed}${from}`;
  });
  const kind = mode === "rollback" ? " as a rollback" : "";
  return `Health gate: ${color} ${version} passed${kind} (${counts.join(", ")}, ${(durationMs / 1000).toFixed(1)} s)`;
}

/**
 * Waits until each tier has the needed targets, they are ready, and alarms and checks agree.
 *
 * @throws OperatorError with the observations and the remedies of each tier.
 */
async function waitUntilReady(
  event: GateEvent,
  clients: TrafficClients,
  remaining: number,
  stack: string,
): Promise<GateResult> {
  const startedAt = new Date();
  const mode = gateMode(event, startedAt);
  const deadline = startedAt.getTime() + Math.min(event.timeoutSeconds * 1000, Math.max(0, remaining));
  const tiers = event.tiers.map((tier) => ({
    tier,
    observer: new TierObserver(clients.loadBalancing, event, tier, mode),
    capacity: new CapacityProvider(clients.autoScaling, tier.autoScalingGroupName),
  }));
  const release = () => Promise.all(tiers.map(({ capacity }) => capacity.release()));
  try {
    const ready = await pollUntilReady(event, clients, { tiers, mode, startedAt, deadline, stack });
    // Rollbacks and the first traffic are not watched.
    if (!event.watched || mode === "rollback" || event.production === undefined) await release();
    return resultOf(event, mode, startedAt, tiers, ready);
  } catch (error) {
    await release();
    throw error;
  }
}

interface GateRun {
  readonly tiers: readonly (ObservedTier & { readonly observer: TierObserver })[];
  readonly mode: GateMode;
  readonly startedAt: Date;
  /** In milliseconds since the epoch. */
  readonly deadline: number;
  readonly stack: string;
}

interface ReadyColor {
  readonly observations: readonly Observation[];
  readonly advisers: Advisers;
}

/** @throws OperatorError with the observations and the remedies of each tier. */
async function pollUntilReady(
  event: GateEvent,
  clients: TrafficClients,
  { tiers, mode, startedAt, deadline, stack }: GateRun,
): Promise<ReadyColor> {
  const advisers = new Advisers(clients, event, mode, stack);
  const guard = new RuleGuard(clients.loadBalancing, event);
  let last: readonly Observation[] = [];
  for (let polls = 1; ; polls++) {
    const observedAt = Date.now();
    await guard.holds();
    const observations = await Promise.all(
      tiers.map(async ({ tier, observer, capacity }) => {
        const observation = await observer.observe(deadline);
        // The needed number follows from the observation of the other color.
        if (observation.failure === undefined) await capacity.provide(neededOf(event, tier, observation));
        return observation;
      }),
    );
    last = observations.map((now, i) => (now.isIncomplete ? (last[i] ?? now) : now));
    const areTargetsReady = tiers.every(
      ({ tier }, i) => problemsOf(event, tier, observations[i] ?? NOTHING, mode).length === 0,
    );
    // The rule comes last, because the traffic shifts next.
    const isReady = areTargetsReady && (await advisers.agree(deadline)) && (await guard.holds());
    const described = observations.map((each) => describeObservation(each));
    log("gate check polled", { polls, mode, ready: isReady, problems: advisers.problems, tiers: described });
    if (isReady) return { observations, advisers };
    const pauseMs = event.pollSeconds * 1000;
    // Another poll would be cut short by the deadline, and replace the last complete poll in the report.
    const nextEndsAt = Date.now() + pauseMs + (Date.now() - observedAt);
    if (nextEndsAt >= deadline || (areTargetsReady && advisers.haveDecided)) {
      if (!areTargetsReady) await advisers.readAlarms();
      const remarked = await Promise.all(
        tiers.map(async ({ capacity }, i) => ({
          ...(last[i] ?? NOTHING),
          capacity: await capacity.remarks(),
        })),
      );
      throw notReadyError(event, mode, remarked, { advisers, guard, startedAt, polls });
    }
    await sleep(pauseMs);
  }
}

interface ObservedTier {
  readonly tier: GateEvent["tiers"][number];
  readonly capacity: CapacityProvider;
}

function resultOf(
  event: GateEvent,
  mode: GateMode,
  startedAt: Date,
  tiers: readonly ObservedTier[],
  { observations, advisers }: ReadyColor,
): GateResult {
  const finishedAt = new Date();
  const remarks = tiers.flatMap(({ tier }, i) =>
    remarksOf(event, tier, observations[i] ?? NOTHING).map((remark) => `${tier.tier}: ${remark}`),
  );
  return {
    color: event.color,
    version: event.version,
    mode,
    sharePercent: event.sharePercent,
    tiers: tiers.map(({ tier, capacity }, i) => {
      const observation = observations[i] ?? NOTHING;
      return {
        tier: tier.tier,
        healthy: registered(observation.targets).filter(({ state }) => state === "healthy").length,
        needed: neededOf(event, tier, observation),
        ...(capacity.change === undefined ? {} : { raised: capacity.change }),
        ...(capacity.held === undefined ? {} : { held: capacity.held }),
        instances: observation.reports.map(({ instance }) => instance).sort(),
      };
    }),
    advisory: [...advisers.alarmProblems, ...remarks],
    checks: advisers.passedChecks,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    durationMs: finishedAt.getTime() - startedAt.getTime(),
  };
}

function notReadyError(
  event: GateEvent,
  mode: GateMode,
  last: readonly Observation[],
  {
    advisers,
    guard,
    startedAt,
    polls,
  }: {
    readonly advisers: Advisers;
    readonly guard: RuleGuard;
    readonly startedAt: Date;
    readonly polls: number;
  },
): OperatorError {
  const seconds = Math.round((Date.now() - startedAt.getTime()) / 1000);
  const tiers = event.tiers.map((tier, i) => {
    const observation = last[i] ?? NOTHING;
    const problems = problemsOf(event, tier, observation, mode);
    return section(tier.tier, problems, describeObservation(observation));
  });
  const advice = mode === "forward" ? advisers.problems : [];
  const sections = [
    ...tiers,
    ...(advice.length === 0 ? [] : [section("alarms and checks", advice)]),
    ...(guard.failure === undefined ? [] : [section("production rule", [guard.failure])]),
  ];
  const subject = `${event.color} ${event.version}${mode === "rollback" ? " (rollback)" : ""}`;
  return new OperatorError("GateCheckFailed", {
    cause: `Gate check failed: ${subject} was not ready within ${seconds} s (${polls} polls).\n${sections.join("\n")}`,
    ...UNCHANGED,
    ...(mode === "rollback"
      ? {
          remedy:
            "If the color that serves now is worse, shift the traffic at once with `changeover rollback`. " +
            UNCHANGED.remedy,
        }
      : {}),
  });
}

function section(title: string, problems: readonly string[], observed?: string): string {
  const text = problems.length === 0 ? ["ready"] : problems;
  const lines = text.map((problem) => `  - ${problem}.`);
  return [`${title}:`, ...lines, ...(observed === undefined ? [] : [`  (${observed})`])].join("\n");
}
