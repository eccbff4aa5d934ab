import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../../engine/deploy/engine";
import type { ConfigValue } from "../../engine/program/stack-config";
import { scriptName } from "../../migrations/script/script";
import { createSimulator, type Simulator, type SimulatorOptions } from "../../simulator";
import { startWatchdog } from "../../simulator/process/watchdog";
import type { DeclaredLocks } from "./observed-functions";
import { openEngine } from "./open-engine";
import { openRehearsedProgram } from "./open-rehearsed-program";
import type { EngineName, RehearsalOptions } from "./options";
import { rehearsableProject } from "./rehearsable-project";

/** Settings with which the edge serves HTTPS, as in production. An empty one is removed. */
const HTTPS_SETTINGS = [
  ["allowPlainHttp", "false"],
  ["domainName", "rehearsal.example.com"],
  ["hostedZoneId", "Z0REHEARSAL"],
  ["certificateArn", ""],
] as const;

export interface RehearsedStack {
  readonly simulator: Simulator;
  readonly engine: Engine;
  readonly engineName: EngineName;
  /** Name of the application, or of the project of a program of its own. */
  readonly name: string;
  /** True for a program with resources of its own. */
  readonly isOwn: boolean;
  readonly declaredLocks: DeclaredLocks;
  /** Name of the Pulumi project, which is the prefix of its config keys. */
  readonly project: string;
}

export interface RehearsedStackOptions
  extends Pick<RehearsalOptions, "programDirectory" | "stack" | "engine"> {
  /** The versions that are deployed, oldest first. The program builds only the last one. */
  readonly versions: readonly string[];
  /** Settings of the simulator that depend on its folder. @default real time */
  readonly simulator?: (directory: string) => Partial<SimulatorOptions>;
}

/**
 * Runs `work` with a new simulator. All processes that it starts are stopped at the end, also after an error.
 *
 * @throws ProgramInputError for a program that cannot be rehearsed, before anything is started
 */
export async function withRehearsedStack<Result>(
  options: RehearsedStackOptions,
  work: (stack: RehearsedStack) => Promise<Result>,
): Promise<Result> {
  const { name: project, hasDomain } = rehearsableProject(options);
  const directory = await mkdtemp(join(tmpdir(), "changeover-"));
  // Removes the folder also if this process is killed.
  const watchdog = startWatchdog(directory);
  try {
    const program = openRehearsedProgram(options.programDirectory);
    const plan = program.plan(options.versions);
    await plan.prepare();
    const simulator = await createSimulator({
      directory: join(directory, "simulator"),
      buckets: plan.buckets,
      ...options.simulator?.(directory),
    });
    try {
      const { environment, settings } = await plan.fill(simulator, directory);
      const { name, engine } = await openEngine(options, simulator.providers, directory, environment);
      const own = Object.entries(settings as Readonly<Record<string, ConfigValue>>);
      for (const [key, value] of [...(hasDomain ? HTTPS_SETTINGS : []), ...own]) {
        await engine.setConfig(key.includes(":") ? key : `${project}:${key}`, value);
      }
      const { scripts, isOwn } = program;
      const declaredLocks = Object.fromEntries(scripts.map((script) => [scriptName(script), script.locks]));
      return await work({
        ...{ simulator, engine, engineName: name, declaredLocks, project, isOwn },
        name: program.name ?? project,
      });
    } finally {
      await simulator.close();
    }
  } finally {
    await watchdog.release();
  }
}
