import { setTimeout as sleep } from "node:timers/promises";
import type { UpdateResult } from "../../engine/deploy/engine";
import type { KeptRun } from "../kept/kept-run";
import { type LoadFigures, type LoadRun, startLoad } from "../load";
import type { RunRecord } from "../report/run-record";
import { completeRecord } from "./complete-record";
import { loadTarget } from "./load-target";
import type { RehearsalOptions } from "./options";
import type { RehearsalObserver } from "./rehearsal-observer";
import { type RehearsedStack, withRehearsedStack } from "./rehearsed-stack";
import { RunLog, type StepTitle } from "./run-log";
import { currentRelease, runStep } from "./run-step";
import { stackSettings } from "./stack-settings";
import { firstRelease, planRehearsedReleases, type ReleaseStep, releaseSteps, versionsOf } from "./steps";

/** Load before the first step and after the last one. */
const SETTLE_SECONDS = 1;

/**
 * Runs the whole scenario in a new simulator. All processes that it starts are stopped at the end, also after an
 * error or an abort.
 *
 * @param kept where the files of the run are kept if it fails
 * @returns the record of the run, also if a step failed
 * @throws the error that prevented the start, or an AbortError if `signal` aborted
 */
export async function rehearse(
  options: RehearsalOptions,
  observer: RehearsalObserver,
  signal: AbortSignal,
  kept?: KeptRun,
): Promise<RunRecord> {
  const startedAt = new Date().toISOString();
  const versions = options.versions.map(({ version }) => version);
  const { alarmTimeScale, bootSeconds } = options;
  const simulator = () => ({ alarmTimeScale, bootSeconds });
  return withRehearsedStack({ ...options, versions, simulator }, async (stack) => {
    const rehearsal = new Rehearsal(stack, options, observer, signal);
    const facts = await rehearsal.run();
    const record = completeRecord(
      { application: stack.name, startedAt, ...facts },
      stack.engineName,
      options,
    );
    await kept?.keepStack("stack", stack, record.outcome.result === "failed");
    return record;
  });
}

type RunFacts = Pick<RunRecord, "releases" | "steps" | "alarms" | "instances" | "load" | "error">;

class Rehearsal {
  private readonly log: RunLog;
  private readonly releases: RunRecord["releases"] = [];
  private load: LoadRun | undefined;

  constructor(
    private readonly stack: RehearsedStack,
    private readonly options: RehearsalOptions,
    private readonly observer: RehearsalObserver,
    private readonly signal: AbortSignal,
  ) {
    this.log = new RunLog(stack.simulator, stack.engine, stack.declaredLocks);
  }

  async run(): Promise<RunFacts> {
    const { engine } = this.stack;
    const [first] = this.options.versions;
    if (first === undefined) throw new Error("versions must have at least one version, got none.");
    for (const [key, value] of Object.entries(stackSettings(this.stack, this.options))) {
      await engine.setConfig(key, value);
    }
    try {
      const error = await this.releaseAll(first.version);
      return { ...this.facts(await this.load?.stop()), ...error };
    } finally {
      this.log.stop();
      await this.load?.stop().catch(() => undefined);
    }
  }

  /** @returns the error of the step that failed; nothing if all succeeded */
  private async releaseAll(first: string): Promise<Pick<RunFacts, "error">> {
    const { versions, canaryPercent } = this.options;
    try {
      await this.runStep(firstRelease("blue", first));
      await this.startLoad();
      for (const release of planRehearsedReleases(versions.slice(1), canaryPercent)) {
        const { live: from } = await currentRelease(this.stack.engine);
        const { version, contractThrough, isRolledBack } = release;
        const before = this.releases.at(-1)?.to.version ?? first;
        this.releases.push({
          from: { color: from, version: before },
          to: { color: from === "blue" ? "green" : "blue", version },
          ...(canaryPercent > 0 ? { canaryPercent } : {}),
          ...(this.options.bakeSeconds > 0 ? { bakeSeconds: this.options.bakeSeconds } : {}),
          rolledBack: isRolledBack,
          ...(contractThrough === undefined ? {} : { contractThrough }),
        });
        for (const plan of releaseSteps(release)) {
          await this.runStep(plan(await currentRelease(this.stack.engine)));
        }
      }
      if (this.options.again) await this.runAgain();
      await this.settle();
      return {};
    } catch (error) {
      this.signal.throwIfAborted();
      const step = this.log.steps.find((each) => each.error !== undefined)?.title;
      const { message } = error as Error;
      return { error: { message, ...(step === undefined ? {} : { step }), at: new Date().toISOString() } };
    }
  }

  private facts(load: LoadFigures | undefined): RunFacts {
    return { releases: this.releases, ...this.log.recorded(), ...(load === undefined ? {} : { load }) };
  }

  private async startLoad(): Promise<void> {
    const target = await loadTarget(this.stack);
    const { programDirectory, journeysFile, requestsPerSecond, uploadSeconds, seed } = this.options;
    this.load = startLoad({
      ...{ ...target, programDirectory, journeysFile, requestsPerSecond, seed },
      sessions: 50,
      uploads: { concurrent: 4, bytes: 256 * 1024, durationSeconds: uploadSeconds },
      webSockets: 10,
    });
    this.load.on("progress", (figures) => this.observer.progress(figures));
    await this.load.started;
    const [first] = this.options.versions;
    this.load.mark("load started", { versions: { blue: first?.version ?? "" } });
    this.observer.loadStarted(target.url);
    await this.settle();
  }

  private async runStep(step: ReleaseStep): Promise<void> {
    const { engine, project } = this.stack;
    await this.record(step, async () => {
      if (step.flip) this.load?.mark("flip-started", step.flip);
      else this.load?.mark(step.title, { versions: versionsOf(step) });
      const result = await runStep(engine, project, step, { signal: this.signal });
      if (step.flip) this.load?.mark("flip-finished", { resourcesChanged: countChanges(result) });
      return result;
    });
  }

  /**
   * Checks that an update without a change of the config changes no resource. Otherwise previews would not be
   * reliable.
   */
  private async runAgain(): Promise<void> {
    await this.record({ kind: "again", title: "Run `up` again, which must change nothing" }, async () => {
      const result = await this.stack.engine.up({ signal: this.signal });
      const count = countChanges(result);
      if (count > 0)
        throw new Error(`A second \`up\` must change no resource, got ${count} changed resources.`);
      return result;
    });
  }

  private async record(title: StepTitle, work: () => Promise<UpdateResult>): Promise<void> {
    this.signal.throwIfAborted();
    this.observer.stepStarted(title.title);
    let result: UpdateResult | undefined;
    const step = await this.log.step(title, async () => {
      result = await work();
      return result;
    });
    this.observer.stepEnded(step, result);
  }

  private async settle(): Promise<void> {
    await sleep(SETTLE_SECONDS * 1000, undefined, { signal: this.signal });
  }
}

function countChanges({ changes }: UpdateResult): number {
  return changes.create + changes.update + changes.replace + changes.delete;
}
