import type { Failure, FailureKind, LoadFigures } from "../load";
import { likelyCause } from "./likely-cause";
import type { RunRecord } from "./run-record";

const MAX_SENTENCES = 5;

const EVENTS: Readonly<Record<FailureKind, string>> = {
  connection: "lost its connection",
  timeout: "got no whole answer within the time limit",
  "server-error": "got an error",
  "unexpected-status": "got an unexpected answer",
  dropped: "was never sent, because too many others waited",
  unfinished: "was still open at the end of the run",
  "upload-cut": "was stored with other content than was sent",
  "socket-closed": "was closed by the server",
  unacknowledged: "was not acknowledged",
  "wrong-answer": "got a wrong answer",
  "session-lost": "lost its session",
};

/**
 * The failures of a run in sentences: when, whose request, what was going on, and the likely cause. Failures of the same
 * kind under the same step are one sentence.
 */
export function failureSentences(record: RunRecord): string[] {
  const { load } = record;
  if (load === undefined || load.failures.length === 0) return [];
  const groups = groupsOf(record, load);
  const sentences = groups.slice(0, MAX_SENTENCES).map((group) => sentenceOf(load, group));
  const more = groups.length - sentences.length;
  if (more > 0) sentences.push(`${more} further kinds of failures are in the record of the run.`);
  const cause = likelyCause(record);
  return [...sentences, ...(cause === undefined ? [] : [`Likely cause: ${cause}`])];
}

interface FailureGroup {
  readonly first: Failure;
  readonly step: string | undefined;
  count: number;
}

function groupsOf(record: RunRecord, load: LoadFigures): FailureGroup[] {
  const groups = new Map<string, FailureGroup>();
  for (const failure of load.failures) {
    const step = stepAt(record, failure.at);
    const key = [failure.kind, failure.status, failure.color, step].join();
    const group = groups.get(key) ?? { first: failure, step, count: 0 };
    group.count++;
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The title of the step that ran at a time; undefined between two steps. */
export function stepAt({ steps }: Pick<RunRecord, "steps">, at: string): string | undefined {
  const time = Date.parse(at);
  return steps.find(({ startedAt, endedAt }) => time >= Date.parse(startedAt) && time <= Date.parse(endedAt))
    ?.title;
}

function sentenceOf(
  { startedAt, failuresByKind }: LoadFigures,
  { first, step, count }: FailureGroup,
): string {
  const { at, kind, user, method, path, status, color, version, detail } = first;
  const request = [method, path].filter((part) => part !== undefined).join(" ") || "A session";
  const seconds = ((Date.parse(at) - Date.parse(startedAt)) / 1000).toFixed(1);
  const from = color === undefined ? "" : ` from ${[color, version].filter(Boolean).join(" ")}`;
  const answer = status === undefined ? "" : ` ${status}${from}`;
  const during = step === undefined ? "between two steps" : `during "${step}"`;
  const others = count > 1 ? ` ${count - 1} more failed likewise.` : "";
  const total = failuresByKind[kind] ?? count;
  const listed = total > count ? ` In all, ${total} failed in this way.` : "";
  return (
    `${at.slice(11, 19)} (${seconds} s into the load), ${during}: ${request}${user ? ` of ${user}` : ""} ` +
    `${EVENTS[kind]}${answer} (${detail}).${others}${listed}`
  );
}
