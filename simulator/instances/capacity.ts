import { setTimeout as sleep } from "node:timers/promises";
import type { ScalingGroup } from "./scaling-group";

/**
 * Numbers of instances that the provider waits for: in service, and healthy in the load balancer. If `exactly` is set
 * (on updates), more instances do not satisfy the wait.
 */
export interface WantedCapacity {
  readonly exactly: boolean;
  readonly inService: number;
  /** Undefined if the provider does not wait for the load balancer. */
  readonly inLoadBalancer?: number;
}

const POLL_MS = 50;

/** Describes the missing capacity in the provider's wording; undefined if none is missing. */
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
 * @throws Error with the provider's wording if the wait times out, the signal aborts, or an instance cannot be
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
    await sleep(POLL_MS, undefined, { signal: limit.signal }).catch(() => {}); // The loop checks for an abort.
  }
}
