/** The Lambda that lets a color have users, or says why not. */

import { setTimeout as sleep } from "node:timers/promises";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { describeSeen, problemsOf, registered, type Seen } from "./decide";
import { asksForDrained, type DrainedResult, waitUntilDrained } from "./drained";
import { type GateEvent, readEvent } from "./event";
import { TierObserver } from "./observe";

export interface GateResult {
  readonly color: string;
  readonly version: string;
  readonly tiers: readonly {
    readonly tier: string;
    readonly healthy: number;
    /** Names of the instances that answered. */
    readonly instances: readonly string[];
  }[];
  readonly durationMs: number;
}

/** The one thing of Lambda's context that is used. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** Time to tell what was seen before Lambda ends the process. */
const lambdaMarginMs = 7_000;

const NOTHING: Seen = { targets: [], answers: [], otherHealthy: 0 };

function notReadyError(event: GateEvent, last: readonly Seen[], seconds: number, polls: number): Error {
  const tiers = event.tiers.map((tier, i) => {
    const seen = last[i] ?? NOTHING;
    const problems = problemsOf(event, tier, seen);
    const text = problems.length === 0 ? ["ready"] : problems;
    return `${tier.tier}:\n${text.map((problem) => `  - ${problem}.`).join("\n")}\n  (${describeSeen(seen)})`;
  });
  return new Error(
    `The gate stays closed: ${event.color} ${event.version} was not ready within ${Math.round(seconds)} s ` +
      `(${polls} looks). No weight was moved, the live color keeps its users.\n${tiers.join("\n")}`,
  );
}

/**
 * Two questions, one function: is a color ready for users, and (`check: "drained"`) have a tier's last requests ended.
 *
 * @throws one error that says what was seen and what to do
 */
export async function handler(input: unknown, context?: LambdaContext): Promise<GateResult | DrainedResult> {
  const remaining = (context?.getRemainingTimeInMillis() ?? Number.POSITIVE_INFINITY) - lambdaMarginMs;
  const client = new ElasticLoadBalancingV2Client({
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000 },
  });
  try {
    return asksForDrained(input)
      ? await waitUntilDrained(input, client, remaining)
      : await waitUntilReady(input, client, remaining);
  } finally {
    client.destroy();
  }
}

/**
 * Waits until in every tier all registered targets are healthy, are as many as needed, and have all answered with
 * the expected color and version.
 *
 * @throws one error that says for each tier what was seen and what to do
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
  let last: readonly Seen[] = [];
  for (let polls = 1; ; polls++) {
    const lookedAt = Date.now();
    const seen = await Promise.all(observers.map((observer) => observer.look(deadline)));
    last = seen.map((now, i) => (now.cutShort ? (last[i] ?? now) : now));
    const ready = event.tiers.every((tier, i) => problemsOf(event, tier, seen[i] ?? NOTHING).length === 0);
    console.log(
      JSON.stringify({
        message: "gate looked",
        polls,
        ready,
        tiers: seen.map((tier) => describeSeen(tier)),
      }),
    );
    const durationMs = Date.now() - startedAt;
    if (ready) {
      const tiers = event.tiers.map(({ tier }, i) => ({
        tier,
        healthy: registered(seen[i]?.targets ?? []).length,
        instances: (seen[i]?.answers ?? []).map(({ instance }) => instance).sort(),
      }));
      return { color: event.color, version: event.version, tiers, durationMs };
    }
    const pauseMs = event.pollSeconds * 1000;
    // One that the limit would cut short is not begun.
    const nextEndsAt = Date.now() + pauseMs + (Date.now() - lookedAt);
    if (nextEndsAt >= deadline) throw notReadyError(event, last, durationMs / 1000, polls);
    await sleep(pauseMs);
  }
}
