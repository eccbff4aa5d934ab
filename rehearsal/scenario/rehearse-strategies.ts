import type { KeptRun } from "../kept/kept-run";
import type { RecordedStrategy, RunRecord } from "../report/run-record";
import { completeRecord } from "./complete-record";
import type { EngineName, RehearsalOptions } from "./options";
import type { RehearsalObserver } from "./rehearsal-observer";
import { withRehearsedStack } from "./rehearsed-stack";
import { StrategyRun } from "./run-strategy";
import { STRATEGIES, type StrategyName } from "./strategies";

/**
 * Makes the same release in each of the given ways, one after the other, each in a new stack under load.
 *
 * @param kept where the files of a strategy are kept if a step of it fails
 * @returns the record of the run, also if a step failed
 * @throws the error that prevented the start, or an AbortError if `signal` aborted
 */
export async function rehearseStrategies(
  names: readonly StrategyName[],
  options: RehearsalOptions,
  observer: RehearsalObserver,
  signal: AbortSignal,
  kept?: KeptRun,
): Promise<RunRecord> {
  const startedAt = new Date().toISOString();
  const { bootSeconds } = options;
  const versions = options.versions.slice(0, 2).map(({ version }) => version);
  const strategies: RecordedStrategy[] = [];
  let facts: { engine: EngineName; application: string } | undefined;
  let error: RunRecord["error"];
  for (const name of names) {
    error = await withRehearsedStack(
      { ...options, versions, simulator: () => ({ bootSeconds }) },
      async (stack) => {
        facts = { engine: stack.engineName, application: stack.name };
        const run = new StrategyRun(STRATEGIES[name], stack, options, observer, signal);
        try {
          strategies.push(await run.run());
          await kept?.keepStack(name, stack, false);
          return undefined;
        } catch (failure) {
          signal.throwIfAborted();
          await kept?.keepStack(name, stack, true);
          const step = run.failedStep;
          const { message } = failure as Error;
          return { message, ...(step === undefined ? {} : { step }), at: new Date().toISOString() };
        }
      },
    );
    if (error !== undefined) break;
  }
  if (facts === undefined) throw new Error("A strategy must be given, got none.");
  const { application, engine } = facts;
  const parts = { releases: [], steps: [], strategies, ...(error === undefined ? {} : { error }) };
  return completeRecord({ application, startedAt, ...parts }, engine, options);
}
