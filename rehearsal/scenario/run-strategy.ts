import { setTimeout as sleep } from "node:timers/promises";
import type { UpdateResult } from "../../engine/deploy/engine";
import { type LoadFigures, startLoad } from "../load";
import type { RecordedStep, RecordedStrategy } from "../report/run-record";
import { groupsOf, readControl } from "./color-groups";
import { DatabaseChange } from "./database-change";
import { loadTarget } from "./load-target";
import type { RehearsalOptions } from "./options";
import type { RehearsalObserver } from "./rehearsal-observer";
import type { RehearsedStack } from "./rehearsed-stack";
import { RunLog } from "./run-log";
import { currentRelease, runStep } from "./run-step";
import { startGroup, stopGroup } from "./scale-groups";
import { stackSettings } from "./stack-settings";
import { contract, deploy, firstRelease, flip, otherColor, type ReleaseStep, retire } from "./steps";
import type { Strategy, StrategyAction, StrategyStep } from "./strategies";

/** Load before the first step and after the last one. */
const SETTLE_SECONDS = 2;

/** One release in a given way, under load. */
export class StrategyRun {
  private readonly log: RunLog;
  private readonly from: string;
  private readonly to: string;
  private readonly contractThrough: string | undefined;

  constructor(
    private readonly strategy: Strategy,
    private readonly stack: RehearsedStack,
    private readonly options: RehearsalOptions,
    private readonly observer: RehearsalObserver,
    private readonly signal: AbortSignal,
  ) {
    const [from, to] = options.versions;
    if (from === undefined || to === undefined) throw new Error("A strategy needs two versions.");
    this.from = from.version;
    this.to = to.version;
    this.contractThrough = to.contractThrough;
    this.log = new RunLog(stack.simulator, stack.engine, stack.declaredLocks);
  }

  /** Title of the step that failed. */
  get failedStep(): string | undefined {
    return this.log.steps.find(({ error }) => error !== undefined)?.title;
  }

  /** @throws the error of the step that failed */
  async run(): Promise<RecordedStrategy> {
    const { engine } = this.stack;
    try {
      const settings = stackSettings(this.stack, { drainSeconds: this.options.drainSeconds });
      for (const [key, value] of Object.entries(settings)) await engine.setConfig(key, value);
      const first = firstRelease("blue", this.from);
      await this.record({ ...first, title: `${this.strategy.name}: ${first.title}` }, () =>
        this.update(first),
      );
      const figures = await this.release();
      return this.recorded(figures);
    } finally {
      this.log.stop();
    }
  }

  private async release(): Promise<LoadFigures> {
    const target = await loadTarget(this.stack);
    const { programDirectory, journeysFile, requestsPerSecond, uploadSeconds, seed } = this.options;
    const load = startLoad({
      ...{ ...target, programDirectory, journeysFile, requestsPerSecond, seed },
      sessions: 50,
      uploads: { concurrent: 4, bytes: 256 * 1024, durationSeconds: uploadSeconds },
      webSockets: 10,
    });
    try {
      load.on("progress", (figures) => this.observer.progress(figures));
      await load.started;
      await this.settle();
      const database = new DatabaseChange(this.stack.simulator);
      for (const step of this.strategy.steps) {
        load.mark(step.title, { versions: { blue: this.from, green: this.to } });
        await this.runStep(step, database);
      }
      await this.settle();
      return await load.stop();
    } finally {
      await load.stop().catch(() => undefined);
    }
  }

  /** Runs the actions of a step at the same time. */
  private async runStep({ title, isOutage, actions }: StrategyStep, database: DatabaseChange): Promise<void> {
    const kind = isOutage ? "outage" : kindOf(actions);
    await this.record({ kind, title: `${this.strategy.name}: ${title}` }, async () => {
      const results = await Promise.all(actions.map((action) => this.act(action, database)));
      return results.find((result) => result !== undefined);
    });
  }

  private async act(action: StrategyAction, database: DatabaseChange): Promise<UpdateResult | undefined> {
    const { engine } = this.stack;
    switch (action.do) {
      case "deploy":
        return this.update(deploy(await currentRelease(engine), this.to));
      case "install":
        return database.keepBack(async () => this.update(deploy(await currentRelease(engine), this.to)));
      case "flip":
        return this.update(flip(await currentRelease(engine)));
      case "retire":
        return this.update(retire(await currentRelease(engine)));
      case "changeDatabase":
        await database.runKeptBack();
        return this.contractBeside(database);
      case "contract":
        return this.contractThrough === undefined ? undefined : this.update(contract(this.contractThrough));
      default:
        return this.scale(action);
    }
  }

  private async contractBeside(database: DatabaseChange): Promise<undefined> {
    if (this.contractThrough === undefined) return;
    const serving = [{ color: "green", version: this.to }];
    const { name: appName } = this.stack;
    await database.contract({ through: this.contractThrough, serving, appName });
  }

  private async scale(action: Extract<StrategyAction, { do: "stop" | "start" }>): Promise<undefined> {
    const { engine, simulator } = this.stack;
    const { live } = await currentRelease(engine);
    const control = await readControl(engine);
    const color = action.color === "live" ? live : otherColor(live);
    const [web, app] = groupsOf(simulator, control, color);
    const group = action.tier === "web" ? web : app;
    if (group === undefined) throw new Error(`${color} must have a group of the tier ${action.tier}.`);
    if (action.do === "stop") await stopGroup(group, this.signal);
    else await startGroup(group, control.tiers[action.tier].minInstances, this.signal);
  }

  private update(step: ReleaseStep): Promise<UpdateResult> {
    return runStep(this.stack.engine, this.stack.project, step, { signal: this.signal });
  }

  private async record(
    title: Pick<RecordedStep, "kind" | "title">,
    work: () => Promise<UpdateResult | undefined>,
  ): Promise<void> {
    this.signal.throwIfAborted();
    this.observer.stepStarted(title.title);
    let result: UpdateResult | undefined;
    const step = await this.log.step(title, async () => {
      result = await work();
      return result;
    });
    this.observer.stepEnded(step, result);
  }

  private recorded(load: LoadFigures): RecordedStrategy {
    const { name, title } = this.strategy;
    const steps = this.log.steps.filter(({ kind }) => kind !== "first");
    const [first, last] = [steps[0], steps.at(-1)];
    const releaseMs = first && last ? Date.parse(last.endedAt) - Date.parse(first.startedAt) : 0;
    return {
      ...{ name, title, steps, load },
      outageSeconds: load.failureSpan?.seconds ?? 0,
      requests: load.requests.total,
      recordsUnreadableSeconds: load.records.failedSpan?.seconds ?? 0,
      releaseSeconds: releaseMs / 1000,
      isServing: load.answers.byVersion[`green ${this.to}`] !== undefined,
      lost: {
        requestsFailed: load.requests.failed,
        sessionsLost: load.sessions.lost,
        uploadsCut: load.uploads.cut,
        wrongAnswers: load.answers.wrong,
      },
    };
  }

  private async settle(): Promise<void> {
    await sleep(SETTLE_SECONDS * 1000, undefined, { signal: this.signal });
  }
}

function kindOf(actions: readonly StrategyAction[]): RecordedStep["kind"] {
  const [only] = actions;
  if (actions.length !== 1 || only === undefined) return "other";
  if (only.do === "install") return "deploy";
  return only.do === "deploy" || only.do === "flip" || only.do === "retire" || only.do === "contract"
    ? only.do
    : "other";
}
