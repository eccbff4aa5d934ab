import { loadOutcome } from "../load";
import { formatSeconds } from "./format-seconds";
import type { RecordedFault, RecordedStrategy, RunRecord } from "./run-record";

type Facts = Omit<RunRecord, "outcome">;
type RunOutcome = RunRecord["outcome"];

/** Determines the outcome of a run from everything else in its record. */
export function outcomeOf(record: Facts): RunOutcome {
  const { load, faults = [], strategies = [], error } = record;
  const judged = load && loadOutcome(load);
  const failures = [
    ...(error === undefined
      ? []
      : [error.step === undefined ? "the run ended early" : `${error.step}: failed`]),
    ...(judged?.outcome === "failed" ? judged.reasons : []),
    ...faults.filter(({ passed }) => !passed).map(({ name, actual }) => `fault ${name}: ${actual}`),
    ...strategies.flatMap(strategyFailures),
  ];
  const sentences = { proven: provenBy(record, failures.length > 0), notProven: notProvenBy(record) };
  if (failures.length > 0) return { result: "failed", reasons: failures, ...sentences };
  if (judged?.outcome === "noisy") return { result: "noisy", reasons: [...judged.reasons], ...sentences };
  return { result: "passed", reasons: [], ...sentences };
}

/** An outage fails no strategy but the last one, whose purpose is to have none. */
function strategyFailures({ name, lost, isServing }: RecordedStrategy): string[] {
  const { requestsFailed, sessionsLost, uploadsCut, wrongAnswers } = lost;
  const hasLost = requestsFailed + sessionsLost + uploadsCut + wrongAnswers > 0;
  return [
    ...(isServing ? [] : [`strategy ${name}: the new version did not answer`]),
    ...(name === "zero" && hasLost
      ? [
          `strategy zero: ${requestsFailed} requests failed, ${sessionsLost} sessions were lost, ` +
            `${uploadsCut} uploads were cut and ${wrongAnswers} answers were wrong`,
        ]
      : []),
  ];
}

function strategySentences({ name, outageSeconds, lost, requests }: RecordedStrategy): string[] {
  const outage =
    outageSeconds === 0 && lost.requestsFailed === 0
      ? "no outage"
      : `an outage of ${formatSeconds(outageSeconds * 1000)}`;
  return [`${name}: ${outage}; ${lost.requestsFailed} of ${requests} requests failed.`];
}

/** Sentences about what the run has shown. A run that failed has proven only that it failed. */
function provenBy(record: Facts, isFailed: boolean): string[] {
  const { load, steps, releases, alarms = [], strategies, faults } = record;
  if (isFailed) return [];
  if (faults !== undefined) return [faultsSentence(faults)];
  if (strategies !== undefined) return strategies.flatMap(strategySentences);
  if (load === undefined) return [];
  const { requests, sessions, uploads, flips, webSockets } = load;
  const count = releases.length;
  const sentences = [
    `${count === 1 ? "1 release" : `${count} releases in a row`} under load: ${requests.total} requests and none failed, ` +
      `${sessions.total} sessions and none was lost, ${uploads.total} uploads and none was cut, no answer was wrong.`,
  ];
  if (webSockets.messages > 0) {
    sentences.push(
      `${webSockets.acknowledged} of ${webSockets.messages} messages over WebSockets were acknowledged.`,
    );
  }
  const slowest = Math.max(0, ...flips.map(({ firstAnswerFromNewMs }) => firstAnswerFromNewMs ?? 0));
  if (flips.length > 0) {
    sentences.push(
      `${flips.length} shifts of all traffic; the new color answered within ${formatSeconds(slowest)} of the start of its update.`,
    );
  }
  const rollbacks = steps.filter(({ kind }) => kind === "rollback").length;
  if (rollbacks > 0) sentences.push(`${rollbacks} rollback${rollbacks === 1 ? "" : "s"} under load.`);
  const underLoad = steps.filter(({ kind }) => kind !== "first").flatMap(({ migrations = [] }) => migrations);
  if (underLoad.length > 0) {
    const rows = underLoad.reduce((sum, { rows: changed = 0 }) => sum + changed, 0);
    const waitMs = Math.max(0, ...underLoad.map(({ longestWaitMs = 0 }) => longestWaitMs));
    sentences.push(
      `${underLoad.length} migration scripts ran while the versions served: ${rows} rows backfilled, ` +
        `no client waited longer than ${Math.round(waitMs)} ms for their locks.`,
    );
  }
  const bakes = steps.filter(({ bakeSeconds = 0 }) => bakeSeconds > 0).length;
  if (bakes > 0) {
    const raised = alarms.filter(({ states }) => states.some(({ state }) => state === "ALARM")).length;
    const alarmed =
      raised === 0 ? "no alarm went off" : `${raised} alarms went off, and none rolled back a shift`;
    sentences.push(`${bakes} traffic shifts were watched during their bake; ${alarmed}.`);
  }
  if (steps.some(({ kind }) => kind === "again")) sentences.push("A second update changed no resource.");
  return sentences;
}

function faultsSentence(faults: readonly RecordedFault[]): string {
  const failed = faults.reduce((sum, { lost }) => sum + lost.requestsFailed, 0);
  const count = `${faults.length} fault${faults.length === 1 ? "" : "s"}`;
  return (
    `${count} under load, each with its expected outcome: ${failed} requests failed in all, no more than each fault ` +
    "tolerates; no session was lost and no answer was wrong."
  );
}

/** Sentences about what the run has not shown. */
function notProvenBy({ load, steps, faults, strategies }: Facts): string[] {
  const sentences: string[] = [];
  if (strategies !== undefined) {
    sentences.push(
      "The length of an outage on AWS: instances boot within seconds here, and the tables are small. " +
        "The strategies can be compared with each other, not with hours.",
    );
  }
  if (load?.noisy) sentences.push(`Latencies: ${load.noisyReasons.join("; ")}.`);
  if (load && load.uploads.total === 0) sentences.push("Uploads: the application's load has none.");
  if (load && load.webSockets.connections === 0)
    sentences.push("WebSockets: the application's load has none.");
  if (load && load.sessions.total === 0) sentences.push("Sessions: the application's load has none.");
  if (strategies === undefined && faults === undefined) {
    if (!steps.some(({ kind }) => kind === "canary")) sentences.push("A canary: none was made.");
    if (!steps.some(({ kind }) => kind === "rollback")) sentences.push("A rollback: none was made.");
    if (!steps.some(({ bakeSeconds = 0 }) => bakeSeconds > 0)) {
      sentences.push("The watch: no traffic shift was watched.");
    }
  }
  if (faults === undefined) sentences.push("Faults: none was injected.");
  sentences.push("Times of AWS, such as boots and failovers: docs/rehearsal.md.");
  return sentences;
}
