import { setTimeout as sleep } from "node:timers/promises";
import { readRule } from "../../scenario/rule-weights";
import type { LiveColor } from "../../scenario/steps";
import { type FaultStack, MIN_INSTANCES } from "./fault-stack";

const LIMIT_MS = 120_000;
const POLL_MS = 100;

/**
 * Ends all injected faults, brings config and traffic together, and waits until all is well: both colors have their
 * instances and no alarm is in ALARM.
 *
 * @throws Error if the stack cannot be used for another fault
 */
export async function restore(stack: FaultStack): Promise<void> {
  endFaults(stack);
  await agreeOnTraffic(stack);
  const idle = otherColor(await stack.live());
  if (!(await isHealthy(stack, idle))) await stack.deployNext();
  const endsAt = Date.now() + LIMIT_MS;
  for (;;) {
    const reason = await notWell(stack);
    if (reason === undefined) return;
    if (Date.now() > endsAt) throw new Error(`The stack is not well after ${LIMIT_MS / 1000} s: ${reason}.`);
    await sleep(POLL_MS, undefined, { signal: stack.options.signal });
  }
}

function endFaults({ simulator, services }: FaultStack): void {
  services.set();
  for (const balancer of simulator.balancers().values()) balancer.setLatency(0);
  for (const name of simulator.functionNames()) simulator.setFunctionFault(name, undefined);
  for (const { id } of simulator.instances()) simulator.thawInstance(id);
}

interface ReleaseMemory {
  readonly serial?: number;
  readonly live?: LiveColor;
  readonly versions: Partial<Record<LiveColor, string>>;
}

/** Writes the color that receives most of the traffic into the config. An update adopts or completes it. */
async function agreeOnTraffic(stack: FaultStack): Promise<void> {
  const { blue, green, tags } = await readRule(stack.simulator, await stack.control());
  const live: LiveColor = green > blue ? "green" : "blue";
  const { release } = (await stack.engine.outputs()) as { readonly release: ReleaseMemory };
  const { serial, live: known, versions } = release;
  const agrees = known === live && blue * green === 0 && String(serial) === tags["changeover:serial"];
  const config = {
    ...{ live, canaryPercent: "0", bakeMinutes: "0" },
    // A deployment that failed has left its version in the config.
    ...{ blueVersion: versions.blue ?? "", greenVersion: versions.green ?? "" },
  };
  if (agrees) await stack.setConfig(config);
  else await stack.update(config);
}

async function notWell(stack: FaultStack): Promise<string | undefined> {
  const alarm = stack.simulator.alarms().find(({ state }) => state === "ALARM");
  if (alarm !== undefined) return `${alarm.name} is in ALARM`;
  for (const color of ["blue", "green"] as const) {
    if (!(await isHealthy(stack, color))) return `${color} lacks healthy instances`;
  }
  return undefined;
}

async function isHealthy(stack: FaultStack, color: LiveColor): Promise<boolean> {
  const { tiers } = await stack.control();
  return Object.values(tiers).every((tier) => {
    const { autoScalingGroupName, targetGroupArn } = tier[color];
    if (autoScalingGroupName === undefined) return false;
    const health = stack.simulator.targetHealth(targetGroupArn);
    const registered = health.filter(({ state }) => state !== "draining");
    const healthy = registered.filter(({ state }) => state === "healthy");
    return healthy.length >= MIN_INSTANCES && healthy.length === registered.length;
  });
}

function otherColor(color: LiveColor): LiveColor {
  return color === "blue" ? "green" : "blue";
}
