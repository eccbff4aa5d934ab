import { setTimeout as sleep } from "node:timers/promises";
import type { Engine, UpdateResult } from "../../engine/deploy/engine";
import type { Simulator } from "../../simulator";
import { createFaultyVersion, type FaultyVersion } from "../faults/faulty-version";
import { type LoadFigures, type LoadRun, startLoad } from "../load";
import type { EngineName, RehearsalOptions } from "./options";
import { withRehearsedStack } from "./rehearsed-stack";
import { currentRelease, runStep, stackUrl } from "./run-step";
import { stackSettings } from "./stack-settings";
import type { CurrentRelease, ReleaseStep } from "./steps";
import { deploy, firstRelease } from "./steps";

export interface ScenarioOptions extends Pick<RehearsalOptions, "programDirectory" | "stack" | "engine"> {
  /** The version that serves, and the version to release. */
  readonly versions: readonly [from: string, to: string];
  readonly requestsPerSecond: number;
  /** Divisor of the periods of alarms: with 30, an alarm for two minutes goes off within 4 s. */
  readonly alarmTimeScale: number;
  /** Divisor of health check intervals, grace periods and deregistration delays. @default 1 */
  readonly timeScale?: number;
  readonly drainSeconds: number;
  /** Further settings of the stack, without the project's prefix. @default none */
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A scenario in progress: two warm colors, blue live, under load. */
export interface Scenario {
  readonly simulator: Simulator;
  readonly engine: Engine;
  readonly engineName: EngineName;
  readonly load: LoadRun;
  readonly faulty: FaultyVersion;
  /** Runs a step that is planned from the current release. */
  step(plan: (current: CurrentRelease) => ReleaseStep, signal?: AbortSignal): Promise<UpdateResult>;
  untilGreenAnswers(): Promise<void>;
  /** Resolves when the condition holds. @throws Error after the limit */
  until(what: string, condition: () => boolean, limitMs: number): Promise<void>;
  sleep(milliseconds: number): Promise<void>;
}

export interface ScenarioReport<Result> {
  readonly engine: EngineName;
  /** Divisors of the simulated times; times in the figures are real. */
  readonly scales: { readonly timeScale: number; readonly alarmTimeScale: number };
  readonly figures: LoadFigures;
  readonly result: Result;
}

/** Deploys both versions, starts the load and runs `work`. Everything is stopped at the end, also after an error. */
export async function runScenario<Result>(
  options: ScenarioOptions,
  work: (scenario: Scenario) => Promise<Result>,
): Promise<ScenarioReport<Result>> {
  const { signal, timeScale = 1, alarmTimeScale, versions } = options;
  let faulty: FaultyVersion | undefined;
  const simulator = (directory: string) => {
    faulty = createFaultyVersion(directory);
    return { timeScale, alarmTimeScale, environment: faulty.environment };
  };
  return withRehearsedStack({ ...options, simulator }, async (stack) => {
    if (faulty === undefined) throw new Error("The simulator was created without its settings.");
    const { engine, project } = stack;
    for (const [key, value] of Object.entries(stackSettings(project, options)))
      await engine.setConfig(key, value);
    for (const [key, value] of Object.entries(options.settings ?? {})) {
      await engine.setConfig(`${project}:${key}`, value);
    }
    const step: Scenario["step"] = async (plan, own = signal) =>
      runStep(engine, project, plan(await currentRelease(engine)), {
        signal: AbortSignal.any([own, signal]),
      });
    await runStep(engine, project, firstRelease("blue", versions[0]), { signal });
    await step((current) => deploy(current, versions[1]));
    const url = await stackUrl(engine);
    const load = startLoad({
      programDirectory: options.programDirectory,
      url,
      requestsPerSecond: options.requestsPerSecond,
      sessions: 50,
      uploads: { concurrent: 2, bytes: 64 * 1024, durationSeconds: 1 },
      webSockets: 4,
    });
    try {
      await load.started;
      load.mark("load started", { versions: { blue: versions[0], green: versions[1] } });
      const answered = () =>
        load.snapshot().flips.some(({ firstAnswerFromNewMs }) => firstAnswerFromNewMs !== null);
      const result = await work({
        ...stack,
        load,
        faulty,
        step,
        untilGreenAnswers: () => until("the first answer of green", answered, FIRST_ANSWER_LIMIT_MS, signal),
        until: (what, condition, limitMs) => until(what, condition, limitMs, signal),
        sleep: (milliseconds) => sleep(milliseconds, undefined, { signal }),
      });
      const figures = await load.stop();
      return { engine: stack.engineName, scales: { timeScale, alarmTimeScale }, figures, result };
    } finally {
      await load.stop().catch(() => undefined);
    }
  });
}

/**
 * Resolves to the error of a step that must fail.
 *
 * @throws Error if it succeeded
 */
export async function failureOf(step: Promise<unknown>): Promise<Error> {
  const outcome = await step.then(
    () => undefined,
    (error: Error) => error,
  );
  if (outcome === undefined) throw new Error("The update must fail, and it succeeded.");
  return outcome;
}

const FIRST_ANSWER_LIMIT_MS = 60_000;
const POLL_MS = 20;

async function until(
  what: string,
  condition: () => boolean,
  limitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const endsAt = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > endsAt) throw new Error(`${what}: not within ${limitMs / 1000} s.`);
    await sleep(POLL_MS, undefined, { signal });
  }
}
