import { readEnvironment } from "../report/environment";
import { outcomeOf } from "../report/outcome";
import { RUN_RECORD_VERSION, type RunRecord } from "../report/run-record";
import type { EngineName, RehearsalOptions } from "./options";

type RunFacts = Omit<RunRecord, "recordVersion" | "outcome" | "environment" | "endedAt">;

/** Completes the facts of a run to its record: environment, end and outcome. */
export function completeRecord(
  facts: RunFacts,
  engine: EngineName,
  options: Pick<
    RehearsalOptions,
    "programDirectory" | "command" | "seed" | "requestsPerSecond" | "timeScale" | "alarmTimeScale"
  >,
): RunRecord {
  const { programDirectory, command, seed, requestsPerSecond, timeScale = 1, alarmTimeScale = 1 } = options;
  const record = {
    recordVersion: RUN_RECORD_VERSION,
    ...facts,
    endedAt: new Date().toISOString(),
    environment: readEnvironment(programDirectory, {
      ...{ engine, command, seed, requestsPerSecond, timeScale, alarmTimeScale },
    }),
  } as const;
  return { ...record, outcome: outcomeOf(record) };
}
