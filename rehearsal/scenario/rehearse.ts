import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RehearsalOptions } from "../../cli/rehearse/options";
import { type Application, loadApplication } from "../../contract";
import type { Engine, UpdateResult } from "../../engine/deploy/engine";
import { loadScripts } from "../../migrations/script/load-scripts";
import { compareVersions } from "../../migrations/script/version";
import { createCloud } from "../../simulator";
import { type LoadFigures, type LoadRun, startLoad } from "../load";
import { type EngineName, openEngine } from "./open-engine";
import { carryOut, currentRelease } from "./procedure";
import { PROJECT, stackConfig } from "./stack";
import { contract, deploy, firstRelease, type ReleaseStep, retire, switchColors } from "./steps";

/** One step that was carried out. */
export interface StepReport {
  readonly kind: ReleaseStep["kind"] | "again";
  readonly title: string;
  readonly durationMs: number;
  readonly changes: UpdateResult["changes"];
}

export interface RehearsalReport {
  /** What ran the program. */
  readonly engine: EngineName;
  readonly figures: LoadFigures;
  readonly steps: readonly StepReport[];
}

/** Hears of what goes on, to show it. */
export interface Watcher {
  stepStarted(title: string): void;
  stepEnded(step: StepReport, result: UpdateResult): void;
  loadStarted(url: string): void;
  progress(figures: LoadFigures): void;
  /** The load goes on and nothing changes. */
  baking(seconds: number): void;
}

/**
 * Runs the whole scenario on a cloud of its own, and stops everything that it started, also after an error or an abort.
 * @param versions the first one is deployed, the others are released one after the other.
 * @throws what made it impossible to carry on; an AbortError when `signal` aborted.
 */
export async function rehearse(
  programDirectory: string,
  versions: readonly string[],
  options: RehearsalOptions,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<RehearsalReport> {
  const directory = await mkdtemp(join(tmpdir(), "changeover-"));
  const cloud = await createCloud({ directory: join(directory, "cloud") }).catch(async (error: unknown) => {
    await rm(directory, { recursive: true, force: true });
    throw error;
  });
  try {
    const { name, engine } = await openEngine(options.engine, programDirectory, cloud.providers, directory);
    const scenario = new Scenario(engine, programDirectory, options, watcher, signal);
    return { engine: name, ...(await scenario.run(versions)) };
  } finally {
    await cloud.close();
    await rm(directory, { recursive: true, force: true });
  }
}

class Scenario {
  private readonly steps: StepReport[] = [];
  private load: LoadRun | undefined;
  private readonly application: Application;

  constructor(
    private readonly engine: Engine,
    private readonly programDirectory: string,
    private readonly options: RehearsalOptions,
    private readonly watcher: Watcher,
    private readonly signal: AbortSignal,
  ) {
    this.application = loadApplication(programDirectory);
  }

  async run(versions: readonly string[]): Promise<Omit<RehearsalReport, "engine">> {
    const [first, ...next] = versions;
    if (first === undefined) throw new Error("There is no version to rehearse.");
    for (const [key, value] of Object.entries(stackConfig(this.options))) {
      await this.engine.setConfig(key, value);
    }
    await this.step(firstRelease("blue", first));
    try {
      await this.startLoad();
      for (const version of next) await this.release(version);
      if (this.options.again) await this.again();
      const load = this.load as LoadRun;
      return { figures: await load.stop(), steps: this.steps };
    } finally {
      await this.load?.stop().catch(() => undefined);
    }
  }

  private async startLoad(): Promise<void> {
    const { url } = await this.engine.outputs();
    const { requestsPerSecond, uploadSeconds } = this.options;
    this.load = startLoad({
      programDirectory: this.programDirectory,
      url: String(url),
      requestsPerSecond,
      sessions: 50,
      uploads: { concurrent: 4, bytes: 256 * 1024, durationSeconds: uploadSeconds },
      webSockets: 10,
    });
    this.load.on("progress", (figures) => this.watcher.progress(figures));
    await this.load.started;
    this.watcher.loadStarted(String(url));
    await this.bake();
  }

  /** A release as a team does it: forward, back, forward again, and then no way back. */
  private async release(version: string): Promise<void> {
    await this.step(deploy(await currentRelease(this.engine), version));
    for (let move = 0; move < 3; move++) {
      await this.bake();
      await this.step(switchColors(await currentRelease(this.engine)));
    }
    await this.bake();
    await this.step(retire(await currentRelease(this.engine)));
    const dead = loadScripts(join(this.programDirectory, this.application.migrationsDirectory)).filter(
      ({ deadFrom }) => deadFrom !== undefined && compareVersions(deadFrom, version) <= 0,
    );
    const last = dead.at(-1);
    if (last) await this.step(contract(last.id));
    await this.bake();
  }

  private async step(step: ReleaseStep): Promise<void> {
    this.signal.throwIfAborted();
    this.watcher.stepStarted(step.title);
    if (step.moves) this.load?.mark("flip-started", step.moves);
    else this.load?.mark(step.title);
    const result = await carryOut(this.engine, PROJECT, step, { signal: this.signal });
    if (step.moves) this.load?.mark("flip-finished", { resourcesChanged: changed(result) });
    this.ended(step.kind, step.title, result);
  }

  /** The same once more: a program whose second run changes something cannot be trusted with a preview. */
  private async again(): Promise<void> {
    this.signal.throwIfAborted();
    const title = "Run `up` once more: nothing may change";
    this.watcher.stepStarted(title);
    const result = await this.engine.up({ signal: this.signal });
    if (changed(result) > 0)
      throw new Error(`A second \`up\` changed ${changed(result)} resources; it may change none.`);
    this.ended("again", title, result);
  }

  private ended(kind: StepReport["kind"], title: string, result: UpdateResult): void {
    const { changes, durationMs } = result;
    const report = { kind, title, durationMs, changes };
    this.steps.push(report);
    this.watcher.stepEnded(report, result);
  }

  private async bake(): Promise<void> {
    this.watcher.baking(this.options.bakeSeconds);
    await sleep(this.options.bakeSeconds * 1000, undefined, { signal: this.signal });
  }
}

/** How many resources an update changed. */
export function changed({ changes }: UpdateResult): number {
  return changes.create + changes.update + changes.replace + changes.delete;
}
