import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Application,
  findVersion,
  knownVersions,
  loadApplication,
  RELEASES_DIRECTORY_VARIABLE,
} from "../../contract";
import type { Engine } from "../../engine/deploy/engine";
import { analyze } from "../../migrations/analysis";
import { loadScripts } from "../../migrations/script/load-scripts";
import { scriptName } from "../../migrations/script/script";
import { openReleaseBucket } from "../../publishing";
import { createSimulator, type Simulator, type SimulatorOptions } from "../../simulator";
import { startWatchdog } from "../../simulator/process/watchdog";
import type { DeclaredLocks } from "./observed-functions";
import { openEngine } from "./open-engine";
import type { EngineName, RehearsalOptions } from "./options";
import { rehearsableProject } from "./rehearsable-project";
import { planReleases, prepareReleases } from "./releases";

/** The simulator accepts any credentials. */
const SIMULATOR_LOGIN = {
  region: "eu-central-1",
  credentials: { accessKeyId: "rehearsal", secretAccessKey: "rehearsal" },
};

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
  readonly application: Application;
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
    const settings = options.simulator?.(directory);
    const { programDirectory, versions } = options;
    const application = loadApplication(programDirectory);
    const known = knownVersions(application, programDirectory);
    const releases = planReleases(known, versions);
    const { buckets } = releases;
    const scripts = loadScripts(join(programDirectory, application.migrationsDirectory));
    // The result is cached. Otherwise each deployment would analyze its own version while load runs.
    await analyze(
      scripts,
      versions.flatMap((version) => findVersion(known, version) ?? []),
    );
    const simulator = await createSimulator({
      directory: join(directory, "simulator"),
      buckets,
      ...settings,
    });
    try {
      const releasesDirectory = join(directory, "releases");
      const simulated = (bucket: string) =>
        openReleaseBucket(bucket, { ...SIMULATOR_LOGIN, endpoint: simulator.endpoint });
      await prepareReleases(releases, { application, programDirectory, releasesDirectory, simulated });
      const environment = { [RELEASES_DIRECTORY_VARIABLE]: releasesDirectory };
      const { name, engine } = await openEngine(options, simulator.providers, directory, environment);
      for (const [key, value] of hasDomain ? HTTPS_SETTINGS : []) {
        await engine.setConfig(`${project}:${key}`, value);
      }
      const declaredLocks = Object.fromEntries(scripts.map((script) => [scriptName(script), script.locks]));
      return await work({ simulator, engine, engineName: name, application, declaredLocks, project });
    } finally {
      await simulator.close();
    }
  } finally {
    await watchdog.release();
  }
}
