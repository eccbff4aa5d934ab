import { setTimeout as sleep } from "node:timers/promises";
import type { Engine, UpdateResult } from "../../engine/deploy/engine";
import { type LoadFigures, type LoadRun, startLoad } from "../load";
import type { EngineName, RehearsalOptions } from "./options";
import { withRehearsedStack } from "./rehearsed-stack";
import { currentRelease, runStep, stackUrl } from "./run-step";
import { stackSettings } from "./stack-settings";
import { firstRelease, type ReleaseStep, releaseSteps, versionsOf } from "./steps";

export interface StepReport {
  readonly kind: ReleaseStep["kind"] | "again";
  readonly title: string;
  readonly durationMs: number;
  readonly changes: UpdateResult["changes"];
}

export interface RehearsalReport {
  readonly engine: EngineName;
  readonly figures: LoadFigures;
  readonly steps: readonly StepReport[];
}

export interface RehearsalObserver {
  stepStarted(title: string): void;
  stepEnded(step: StepReport, result: UpdateResult): void;
  loadStarted(url: string): void;
  progress(figures: LoadFigures): void;
  /** Called when the load continues for some time without any change. */
  baking(seconds: number): void;
}

/**
 * Runs the whole scenario in a new simulator. All processes that it starts are stopped at the end, also after an
 * error or an abort.
 *
 * @throws the error that ended the rehearsal, or an AbortError if `signal` aborted
 */
export async function rehearse(
  options: RehearsalOptions,
  observer: RehearsalObserver,
  signal: AbortSignal,
): Promise<RehearsalReport> {
  const versions = options.versions.map(({ version }) => version);
  return withRehearsedStack({ ...options, versions }, async ({ engineName, engine, project }) => ({
    engine: engineName,
    ...(await new Rehearsal(engine, project, options, observer, signal).run()),
  }));
}

class Rehearsal {
  private readonly steps: StepReport[] = [];
  private load: LoadRun | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly project: string,
    private readonly options: RehearsalOptions,
    private readonly observer: RehearsalObserver,
    private readonly signal: AbortSignal,
  ) {}

  async run(): Promise<Omit<RehearsalReport, "engine">> {
    const [first, ...next] = this.options.versions;
    if (first === undefined) throw new Error("versions must have at least one version, got none.");
    for (const [key, value] of Object.entries(stackSettings(this.project, this.options))) {
      await this.engine.setConfig(key, value);
    }
    await this.runStep(firstRelease("blue", first.version));
    try {
      const load = await this.startLoad();
      for (const { plan, bakes } of next.flatMap(releaseSteps)) {
        await this.runStep(plan(await currentRelease(this.engine)));
        if (bakes) await this.bake();
      }
      if (this.options.again) await this.runAgain();
      return { figures: await load.stop(), steps: this.steps };
    } finally {
      await this.load?.stop().catch(() => undefined);
    }
  }

  private async startLoad(): Promise<LoadRun> {
    const url = await stackUrl(this.engine);
    const { programDirectory, requestsPerSecond, uploadSeconds } = this.options;
    const load = startLoad({
      programDirectory,
      url,
      requestsPerSecond,
      sessions: 50,
      uploads: { concurrent: 4, bytes: 256 * 1024, durationSeconds: uploadSeconds },
      webSockets: 10,
    });
    this.load = load;
    load.on("progress", (figures) => this.observer.progress(figures));
    await load.started;
    const [first] = this.options.versions;
    load.mark("load started", { versions: { blue: first?.version ?? "" } });
    this.observer.loadStarted(url);
    await this.bake();
    return load;
  }

  private async runStep(step: ReleaseStep): Promise<void> {
    this.signal.throwIfAborted();
    this.observer.stepStarted(step.title);
    if (step.flip) this.load?.mark("flip-started", step.flip);
    else this.load?.mark(step.title, { versions: versionsOf(step) });
    const result = await runStep(this.engine, this.project, step, { signal: this.signal });
    if (step.flip) this.load?.mark("flip-finished", { resourcesChanged: countChanges(result) });
    this.endStep(step.kind, step.title, result);
  }

  /**
   * Checks that an update without a change of the config changes no resource. Otherwise previews would not be
   * reliable.
   */
  private async runAgain(): Promise<void> {
    this.signal.throwIfAborted();
    const title = "Run `up` again, which must change nothing";
    this.observer.stepStarted(title);
    const result = await this.engine.up({ signal: this.signal });
    const count = countChanges(result);
    if (count > 0)
      throw new Error(`A second \`up\` must change no resource, got ${count} changed resources.`);
    this.endStep("again", title, result);
  }

  private endStep(kind: StepReport["kind"], title: string, result: UpdateResult): void {
    const { changes, durationMs } = result;
    const report = { kind, title, durationMs, changes };
    this.steps.push(report);
    this.observer.stepEnded(report, result);
  }

  private async bake(): Promise<void> {
    this.observer.baking(this.options.bakeSeconds);
    await sleep(this.options.bakeSeconds * 1000, undefined, { signal: this.signal });
  }
}

function countChanges({ changes }: UpdateResult): number {
  return changes.create + changes.update + changes.replace + changes.delete;
}
