import { changedNothing } from "../../engine/deploy/changed-nothing";
import type { Engine, UpdateOptions, UpdateResult } from "../../engine/deploy/engine";
import type { CurrentRelease, ReleaseStep } from "./steps";

/**
 * Runs one step.
 *
 * If the program rejects the config, the config is restored. If the update fails halfway, the new config stays, so
 * that the next update continues.
 *
 * @throws the errors of the engine
 */
export async function runStep(
  engine: Engine,
  project: string,
  step: ReleaseStep,
  options: UpdateOptions = {},
): Promise<UpdateResult> {
  const changes = Object.entries(step.config).map(([key, value]) => [`${project}:${key}`, value] as const);
  const saveConfig = async () => {
    for (const [key, value] of changes) await engine.setConfig(key, value);
  };
  try {
    const result = await engine.up({
      ...options,
      config: { ...options.config, ...Object.fromEntries(changes) },
    });
    await saveConfig();
    return result;
  } catch (error) {
    if (!changedNothing(error)) await saveConfig();
    throw error;
  }
}

/**
 * Reads the `release` output of the stack.
 *
 * @throws Error before the first successful update, and for a program without this output
 */
export async function currentRelease(engine: Engine): Promise<CurrentRelease> {
  const { release } = await engine.outputs();
  const live = (release as Partial<CurrentRelease> | undefined)?.live;
  if (live === "blue" || live === "green") return { live };
  throw new Error(
    `The stack's output release.live must be blue or green after the first update, got ${JSON.stringify(live) ?? "nothing"}. ` +
      "Export the color that receives the traffic.",
  );
}
