import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../../engine/deploy/engine";
import { createSimulator, type Simulator, type SimulatorOptions } from "../../simulator";
import { openEngine } from "./open-engine";
import type { EngineName, RehearsalOptions } from "./options";

/** A stack on a simulator, before its first update. */
export interface RehearsedStack {
  readonly simulator: Simulator;
  readonly engine: Engine;
  readonly engineName: EngineName;
}

export interface RehearsedStackOptions extends Pick<RehearsalOptions, "programDirectory" | "engine"> {
  /** Settings of the simulator that depend on its folder. @default real time */
  readonly simulator?: (directory: string) => Partial<SimulatorOptions>;
}

/** Runs `work` with a new simulator. All processes that it starts are stopped at the end, also after an error. */
export async function withRehearsedStack<Result>(
  options: RehearsedStackOptions,
  work: (stack: RehearsedStack) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), "changeover-"));
  try {
    const settings = options.simulator?.(directory);
    const simulator = await createSimulator({ directory: join(directory, "simulator"), ...settings });
    try {
      const { name, engine } = await openEngine(options, simulator.providers, directory);
      return await work({ simulator, engine, engineName: name });
    } finally {
      await simulator.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
