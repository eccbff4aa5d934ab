import { setTimeout as sleep } from "node:timers/promises";
import type { ScalingGroup } from "./scaling-group";

/** Instances that a wait needs, in service and healthy in the load balancer; `exactly` is for updates. */
export interface WantedCapacity {
  readonly exactly: boolean;
  readonly inService: number;
  /** Undefined when the provider did not ask. */
  readonly inLoadBalancer?: number;
}

const POLL_MS = 50;

/** The missing capacity, in the provider's words; undefined when nothing is missing. */
export function missing(
  wanted: WantedCapacity,
  have: { inService: number; inLoadBalancer: number },
): string | undefined {
  const enough = (want: number, got: number) => (wanted.exactly ? got === want : got >= want);
  const how = wanted.exactly ? "exactly" : "at least";
  if (!enough(wanted.inService, have.inService)) {
    return `want ${how} ${wanted.inService} healthy instance(s) in Auto Scaling Group, have ${have.inService}`;
  }
  if (wanted.inLoadBalancer !== undefined && !enough(wanted.inLoadBalancer, have.inLoadBalancer)) {
    return (
      `want ${how} ${wanted.inLoadBalancer} healthy instance(s) registered to Load Balancer, ` +
      `have ${have.inLoadBalancer}`
    );
  }
  return undefined;
}

/**
 * Waits for capacity as the real provider does.
 *
 * @throws Error with the provider's sentence when the time is over, the signal aborts, or an instance cannot be
 * started.
 */
export async function waitForCapacity(
  group: ScalingGroup,
  wanted: WantedCapacity,
  limit: { text: string; ms: number; signal: AbortSignal },
): Promise<void> {
  const startedAt = Date.now();
  const fail = (why: string) =>
    new Error(`waiting for Auto Scaling Group (${group.name}) capacity satisfied: ${why}`);
  for (;;) {
    const lacks = missing(wanted, group.healthy());
    if (lacks === undefined) return;
    const failed = group.activities.find(({ at, failure }) => failure !== undefined && at >= startedAt);
    if (failed) throw fail(`scaling activity failed: ${failed.description}: ${failed.failure}`);
    if (limit.signal.aborted) throw fail(`cancelled (last state: '${lacks}')`);
    if (Date.now() - startedAt >= limit.ms) {
      const state = `last state: '${lacks}', timeout: ${limit.text}`;
      throw fail(`timeout while waiting for state to become 'ok' (${state})`);
    }
    await sleep(POLL_MS, undefined, { signal: limit.signal }).catch(() => {}); // The loop checks the signal.
  }
}
