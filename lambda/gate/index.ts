/** The health gate: succeeds if a color is ready for traffic, or fails with the reasons. */

import { setTimeout as sleep } from "node:timers/promises";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { registered } from "../../traffic/targets";
import { describeObservation, type Observation, problemsOf } from "./decide";
import { type DrainedResult, isDrainEvent, waitUntilDrained } from "./drained";
import { type GateEvent, readEvent } from "./event";
import { TierObserver } from "./observe";

export interface GateResult {
  readonly color: string;
  readonly version: string;
  readonly tiers: readonly {
    readonly tier: string;
    readonly healthy: number;
    /** Ids of the instances that reported the expected version. */
    readonly instances: readonly string[];
  }[];
  readonly durationMs: number;
}

/** The part of Lambda's context that the gate uses. */
export interface GateContext {
  getRemainingTimeInMillis(): number;
}

/** Time that is left for the report before Lambda ends the process. */
const REPORT_MARGIN_MS = 7_000;

const NOTHING: Observation = { targets: [], reports: [], otherHealthy: 0 };

function notReadyError(
  event: GateEvent,
  last: readonly Observation[],
  seconds: number,
  polls: number,
): Error {
  const tiers = event.tiers.map((tier, i) => {
    const observation = last[i] ?? NOTHING;
    const problems = problemsOf(event, tier, observation);
    const text = problems.length === 0 ? ["ready"] : problems;
    return `${tier.tier}:\n${text.map((problem) => `  - ${problem}.`).join("\n")}\n  (${describeObservation(observation)})`;
  });
  return new Error(
    `Gate check failed: ${event.color} ${event.version} was not ready within ${Math.round(seconds)} s ` +
      `(${polls} polls). No traffic was shifted.\n${tiers.join("\n")}`,
  );
}

/**
 * Checks that a color is ready for traffic or, with `check: "drained"`, that a tier has finished its requests.
 *
 * @throws Error with the observations and the remedies.
 */
export async function handler(input: unknown, context?: GateContext): Promise<GateResult | DrainedResult> {
  const remaining = (context?.getRemainingTimeInMillis() ?? Number.POSITIVE_INFINITY) - REPORT_MARGIN_MS;
  const client = new ElasticLoadBalancingV2Client({
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000 },
  });
  try {
    return isDrainEvent(input)
      ? await waitUntilDrained(input, client, remaining)
      : await waitUntilReady(input, client, remaining);
  } finally {
    client.destroy();
  }
}

/**
 * Waits until, in every tier, there are enough registered targets, all of them are healthy, and all have reported the
 * expected color and version.
 *
 * @throws Error with the observations and the remedies of each tier.
 */
async function waitUntilReady(
  input: unknown,
  client: ElasticLoadBalancingV2Client,
  remainingMs: number,
): Promise<GateResult> {
  const event = readEvent(input);
  const startedAt = Date.now();
  const deadline = startedAt + Math.min(event.timeoutSeconds * 1000, Math.max(0, remainingMs));
  const observers = event.tiers.map((tier) => new TierObserver(client, event, tier));
  let last: readonly Observation[] = [];
  for (let polls = 1; ; polls++) {
    const observedAt = Date.now();
    const observations = await Promise.all(observers.map((observer) => observer.observe(deadline)));
    last = observations.map((now, i) => (now.isIncomplete ? (last[i] ?? now) : now));
    const ready = event.tiers.every(
      (tier, i) => problemsOf(event, tier, observations[i] ?? NOTHING).length === 0,
    );
    console.log(
      JSON.stringify({
        message: "gate check polled",
        polls,
        ready,
        tiers: observations.map((tier) => describeObservation(tier)),
      }),
    );
    const durationMs = Date.now() - startedAt;
    if (ready) {
      const tiers = event.tiers.map(({ tier }, i) => ({
        tier,
        healthy: registered(observations[i]?.targets ?? []).length,
        instances: (observations[i]?.reports ?? []).map(({ instance }) => instance).sort(),
      }));
      return { color: event.color, version: event.version, tiers, durationMs };
    }
    const pauseMs = event.pollSeconds * 1000;
    // Another poll would be cut short by the deadline, and replace the last complete poll in the report.
    const nextEndsAt = Date.now() + pauseMs + (Date.now() - observedAt);
    if (nextEndsAt >= deadline) throw notReadyError(event, last, durationMs / 1000, polls);
    await sleep(pauseMs);
  }
}
