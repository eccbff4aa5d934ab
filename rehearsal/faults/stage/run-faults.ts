import type { KeptRun } from "../../kept/kept-run";
import type { LoadFigures } from "../../load";
import { startLoad } from "../../load";
import type { RecordedFault } from "../../report/run-record";
import { loadTarget } from "../../scenario/load-target";
import type { AnyFault, ToleratedLoss } from "./fault";
import {
  FAULT_STACKS,
  type FaultStack,
  type FaultStackName,
  type FaultStackOptions,
  withFaultStack,
} from "./fault-stack";
import { FaultStage } from "./fault-stage";
import { judgeFault, NOISY_PATIENCE } from "./judge-fault";
import { restore } from "./restore";

export interface FaultResult {
  readonly fault: AnyFault;
  readonly record: RecordedFault;
  /** Sentences about what was not as expected; empty if the fault passed. */
  readonly problems: readonly string[];
}

export interface FaultObserver {
  stackStarted(name: FaultStackName): void;
  faultStarted(fault: AnyFault): void;
  faultEnded(result: FaultResult): void;
  /** The stack could not be brought back to its state before the fault, so the next fault gets a new one. */
  stackLost(reason: string): void;
}

/** Time after the limit of a recovery, so that the report says how long it took. */
const RECOVERY_MARGIN_MS = 20_000;
/** Load before a fault, so that users are logged in and uploads are in progress. */
const WARM_UP_MS = 2_000;
const POLL_MS = 100;

/**
 * Injects faults one after the other, each under a load of its own.
 *
 * Faults share a stack as long as all is well after each of them. A fault that is not as expected does not end the run.
 *
 * @throws the error of a stack that cannot be started, or an AbortError if the signal aborted
 */
export async function runFaults(
  faults: readonly AnyFault[],
  options: FaultStackOptions,
  observer: FaultObserver,
  kept?: KeptRun,
): Promise<FaultResult[]> {
  const results: FaultResult[] = [];
  let stacks = 0;
  for (const name of Object.keys(FAULT_STACKS) as FaultStackName[]) {
    let left = inOrder(faults.filter(({ stack }) => stack === name));
    while (left.length > 0) {
      observer.stackStarted(name);
      const folder = `stack-${++stacks}`;
      const done = await withFaultStack(name, options, async (stack) => {
        try {
          await stack.start();
          const ended = await runOnStack(left, stack, observer);
          await kept?.keepStack(
            folder,
            stack,
            ended.some(({ problems }) => problems.length > 0),
          );
          return ended;
        } catch (error) {
          if (!options.signal.aborted) await kept?.keepStack(folder, stack, true);
          throw error;
        }
      });
      results.push(...done);
      left = left.slice(done.length);
    }
  }
  return results;
}

/** Faults that meet migrations come first, because they deploy the second color. */
function inOrder(faults: readonly AnyFault[]): AnyFault[] {
  const first = faults.filter(({ begins }) => begins === "one color");
  return [...first.slice(0, 1), ...faults.filter(({ begins }) => begins !== "one color"), ...first.slice(1)];
}

function beginsStack({ begins, needsNewStack = false }: AnyFault): boolean {
  return begins === "one color" || needsNewStack;
}

/** Runs faults until all are done, or the next one needs a new stack. */
async function runOnStack(
  faults: readonly AnyFault[],
  stack: FaultStack,
  observer: FaultObserver,
): Promise<FaultResult[]> {
  const results: FaultResult[] = [];
  if (faults[0]?.begins !== "one color") await restore(stack);
  for (const [index, fault] of faults.entries()) {
    if (index > 0 && beginsStack(fault)) return results;
    observer.faultStarted(fault);
    const result = await runFault(fault, stack);
    results.push(result);
    observer.faultEnded(result);
    const next = faults[index + 1];
    if (next === undefined || beginsStack(next)) continue;
    try {
      await restore(stack);
    } catch (error) {
      stack.options.signal.throwIfAborted();
      observer.stackLost((error as Error).message);
      return results;
    }
  }
  return results;
}

async function runFault(fault: AnyFault, stack: FaultStack): Promise<FaultResult> {
  const { programDirectory, requestsPerSecond, seed } = stack.options;
  const load = startLoad({
    ...{ programDirectory, requestsPerSecond, seed },
    ...(await loadTarget(stack)),
    sessions: 100,
    uploads: { concurrent: 2, bytes: 64 * 1024, durationSeconds: 1 },
    webSockets: 4,
  });
  const startedAt = new Date().toISOString();
  try {
    await load.started;
    load.mark("load started", { versions: await stack.deployedVersions() });
    const stage = await FaultStage.open(stack, load);
    try {
      await stage.sleep(WARM_UP_MS);
      const outcome = await inject(fault, stage);
      const isWell = await untilCalm(fault, stage);
      const figures = await load.stop();
      return result(fault, stage, { ...outcome, isWell, figures, startedAt });
    } finally {
      stage.close();
    }
  } finally {
    await load.stop().catch(() => undefined);
  }
}

interface FaultOutcome {
  readonly tolerated: ToleratedLoss;
  readonly actual: string;
  readonly problems: readonly string[];
}

interface FaultEnd extends FaultOutcome {
  readonly isWell: boolean;
  readonly figures: LoadFigures;
  readonly startedAt: string;
}

async function inject(fault: AnyFault, stage: FaultStage): Promise<FaultOutcome> {
  try {
    const facts = await fault.inject(stage);
    const tolerated = typeof fault.tolerated === "function" ? fault.tolerated(facts) : fault.tolerated;
    return { tolerated, actual: fault.actual(facts), problems: fault.problems(facts) };
  } catch (error) {
    stage.stack.options.signal.throwIfAborted();
    stage.begin();
    const { message } = error as Error;
    return { tolerated: {}, actual: `It ended with an error: ${message}`, problems: [message] };
  }
}

/** @returns false if all was not well again in time */
async function untilCalm(fault: AnyFault, stage: FaultStage): Promise<boolean> {
  const { wellness } = stage.observed();
  const startedAt = Date.now();
  while (!wellness.isCalm()) {
    const patience = stage.load.snapshot().noisy ? NOISY_PATIENCE : 1;
    const endsAt = stage.begunAt + fault.recoversWithinSeconds * 1000 * patience;
    if (Date.now() > Math.max(startedAt, endsAt) + RECOVERY_MARGIN_MS) return false;
    await stage.sleep(POLL_MS);
  }
  return true;
}

function result(
  fault: AnyFault,
  stage: FaultStage,
  { tolerated, actual, problems, isWell, figures, startedAt }: FaultEnd,
): FaultResult {
  const { notices, wellness } = stage.observed();
  const { requests, sessions, uploads, answers, failureSpan } = figures;
  if (failureSpan !== null) notices.note("users", Date.parse(failureSpan.firstAt));
  const lost = {
    requestsFailed: requests.failed,
    sessionsLost: sessions.lost,
    uploadsCut: uploads.cut,
    wrongAnswers: answers.wrong,
  };
  const recoveredAfterSeconds = isWell ? wellness.recoveredAfterSeconds : null;
  const observed = { lost, noticed: notices.all, recoveredAfterSeconds };
  const counts = {
    requests: requests.total,
    uploads: uploads.total,
    failureSeconds: failureSpan?.seconds ?? 0,
  };
  const { noticedBy, recoversWithinSeconds } = fault;
  const all = [
    ...judgeFault(
      { tolerated, noticedBy, recoversWithinSeconds },
      { ...observed, ...counts, isNoisy: figures.noisy },
    ),
    ...problems,
  ];
  const { name, summary, tolerates, expected, onAws } = fault;
  return {
    fault,
    problems: all,
    record: {
      ...{
        name,
        summary,
        tolerated: tolerates,
        expected,
        actual: [...all, actual].join(" "),
        ...observed,
        passed: all.length === 0,
        onAws,
      },
      ...{ startedAt, endedAt: new Date().toISOString(), load: figures },
    },
  };
}
