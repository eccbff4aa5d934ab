import { setTimeout as sleep } from "node:timers/promises";
import type { ScalingGroup } from "../../simulator/instances/scaling-group";

const LIMIT_MS = 120_000;
const POLL_MS = 50;

/** Terminates all instances of a group, as an operator who sets its size to 0. Their open requests are drained. */
export async function stopGroup(group: ScalingGroup, signal: AbortSignal): Promise<void> {
  group.resize({ min: 0, desired: 0 });
  await until(`no instance of ${group.name}`, () => group.members().length === 0, signal);
}

/** Starts instances of a group, and resolves when all are healthy. */
export async function startGroup(group: ScalingGroup, count: number, signal: AbortSignal): Promise<void> {
  group.resize({ min: count, desired: count });
  await until(
    `${count} healthy instances of ${group.name}`,
    () => group.healthy().inLoadBalancer >= count,
    signal,
  );
}

async function until(what: string, condition: () => boolean, signal: AbortSignal): Promise<void> {
  const endsAt = performance.now() + LIMIT_MS;
  while (!condition()) {
    if (performance.now() > endsAt) throw new Error(`There must be ${what} within ${LIMIT_MS / 1000} s.`);
    await sleep(POLL_MS, undefined, { signal });
  }
}
