import type { Engine, UpdateOptions, UpdateResult } from "../../engine/deploy/engine";
import { ProgramError } from "../../engine/program/program-error";
import type { CurrentRelease, ReleaseStep } from "./steps";

/**
 * Runs one step. A step that the program rejects before it declares anything leaves the config unchanged; a step that
 * failed halfway keeps its config, so that the next update goes on from there.
 *
 * @throws the engine's errors.
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
    if (!isRejected(error)) await saveConfig();
    throw error;
  }
}

/** The stack itself and reads come before the program can reject its config. */
function isRejected(error: unknown): boolean {
  if (!(error instanceof ProgramError)) return false;
  return !error.steps.some(({ custom, op }) => custom && op !== "read" && op !== "refresh");
}

/** Reads what the last update released. @throws Error before the first successful update. */
export async function currentRelease(engine: Engine): Promise<CurrentRelease> {
  const { release } = await engine.outputs();
  if (release === undefined) throw new Error("The stack must have a release, got none. Run the first `up`.");
  return release as CurrentRelease;
}
