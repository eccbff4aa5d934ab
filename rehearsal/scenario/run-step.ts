import type { Engine, UpdateOptions, UpdateResult } from "../../engine/deploy/engine";
import { ProgramError } from "../../engine/program/program-error";
import type { LastRelease } from "../../stack/plan/release";
import type { ReleaseStep } from "./steps";

/**
 * Carries out one step. A refused step (the program says no before anything is declared) leaves the config as it was; a
 * step that failed halfway keeps what was asked for, so that the next update goes on from there.
 * @throws what the engine throws.
 */
export async function carryOut(
  engine: Engine,
  project: string,
  step: ReleaseStep,
  options: UpdateOptions = {},
): Promise<UpdateResult> {
  const changes = Object.entries(step.config).map(([key, value]) => [`${project}:${key}`, value] as const);
  const keep = async () => {
    for (const [key, value] of changes) await engine.setConfig(key, value);
  };
  try {
    const result = await engine.up({
      ...options,
      config: { ...options.config, ...Object.fromEntries(changes) },
    });
    await keep();
    return result;
  } catch (error) {
    if (!isRefusal(error)) await keep();
    throw error;
  }
}

/** The program said no before it declared anything: there is no step but the stack's own and what was read. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ProgramError)) return false;
  return !error.steps.some(({ custom, op }) => custom && op !== "read" && op !== "refresh");
}

/** What the last update left. @throws before the first one that got so far. */
export async function currentRelease(engine: Engine): Promise<LastRelease> {
  const { release } = await engine.outputs();
  if (release === undefined) throw new Error("This stack has no release yet: run the first `up`.");
  return release as LastRelease;
}
