import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReleaseGoal } from "../../../operate/release/goal";
import { ROOT } from "../../cli/changeover";
import { type CommandResult, finished } from "../simulated-stack";
import type { ServedStack } from "./remote-stack";

export interface Killed {
  readonly kills: number;
  readonly last: CommandResult;
}

function startRelease(url: string, goal: ReleaseGoal): ChildProcess {
  const args = [
    "--require",
    require.resolve("../../../build/start/register"),
    join(__dirname, "release-child.ts"),
    url,
    JSON.stringify(goal),
  ];
  return spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
}

/**
 * Kills a release at random moments, then lets it run to its end. A killed run takes its update with it or leaves it
 * running, at random.
 *
 * @param random numbers from 0 to 1, such as of a seeded generator
 * @param maxMs the longest time from the first request of a run until it is killed
 */
export async function killReleases(
  stack: ServedStack,
  goal: ReleaseGoal,
  { kills: wanted, maxMs, random }: { kills: number; maxMs: number; random: () => number },
): Promise<Killed> {
  let kills = 0;
  for (let run = 0; run < wanted; run += 1) {
    stack.abortsWithCaller = random() < 0.5;
    const child = startRelease(stack.url, goal);
    const ended = finished(child);
    // The first line is the plan, after the first read of the stack.
    await Promise.race([new Promise((resolve) => child.stdout?.once("data", resolve)), ended]);
    await Promise.race([sleep(random() * maxMs), ended]);
    if (child.kill("SIGKILL")) kills += 1;
    await ended;
  }
  stack.abortsWithCaller = false;
  return { kills, last: await finished(startRelease(stack.url, goal)) };
}

/** A seeded generator, so that a failure can be repeated. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
