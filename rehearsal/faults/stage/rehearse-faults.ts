import { loadApplication } from "../../../contract";
import type { KeptRun } from "../../kept/kept-run";
import type { RunRecord } from "../../report/run-record";
import { completeRecord } from "../../scenario/complete-record";
import type { RehearsalOptions } from "../../scenario/options";
import type { AnyFault } from "./fault";
import { FAULT_STACKS, type FaultStackOptions } from "./fault-stack";
import { missingNeed } from "./missing-needs";
import { type FaultObserver, runFaults } from "./run-faults";

export interface FaultRehearsalObserver extends FaultObserver {
  /** The fault cannot be injected into this program. */
  faultSkipped(fault: AnyFault, reason: string): void;
}

type FaultRehearsalOptions = Pick<
  RehearsalOptions,
  "programDirectory" | "stack" | "versions" | "requestsPerSecond" | "seed" | "command" | "engine"
>;

/**
 * Rehearses faults, each under load, with the first two versions.
 *
 * @param kept where the files of a stack are kept on which a fault was not as expected
 * @returns the record of the run, also if faults were not as expected
 * @throws the error that prevented the start, or an AbortError if `signal` aborted
 */
export async function rehearseFaults(
  faults: readonly AnyFault[],
  { versions: rehearsed, engine = "in-process", ...options }: FaultRehearsalOptions,
  observer: FaultRehearsalObserver,
  signal: AbortSignal,
  kept?: KeptRun,
): Promise<RunRecord> {
  const startedAt = new Date().toISOString();
  const [from = "", to = from] = rehearsed.map(({ version }) => version);
  const facts: FaultStackOptions = { ...options, engine, signal, versions: [from, to] };
  const possible = faults.filter((fault) => {
    const reason = missingNeed(fault, facts);
    if (reason !== undefined) observer.faultSkipped(fault, reason);
    return reason === undefined;
  });
  const results = await runFaults(possible, facts, observer, kept);
  const { name: application } = loadApplication(options.programDirectory);
  const records = results.map(({ record }) => record);
  return completeRecord({ application, startedAt, releases: [], steps: [], faults: records }, engine, {
    ...options,
    ...FAULT_STACKS["real time"],
  });
}
