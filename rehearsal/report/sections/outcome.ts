import type { RunRecord } from "../run-record";
import { countOf, formatCount, formatTime } from "./format";
import type { ReportSection } from "./section";

const TITLES: Readonly<Record<RunRecord["outcome"]["result"], string>> = {
  passed: "Passed",
  failed: "Failed",
  noisy: "Passed; latencies not judged",
};

/** The outcome in one sentence, such as `Passed: 4 releases of shop under load, 0 of 48,211 requests failed.` */
export function outcomeSentence(record: RunRecord): string {
  const { outcome, load, releases, faults, strategies, application } = record;
  const work = [
    ...(releases.length > 0 ? [`${countOf(releases.length, "release")} of ${application}`] : []),
    ...(faults ? [countOf(faults.length, "fault")] : []),
    ...(strategies ? [countOf(strategies.length, "release strategy", "release strategies")] : []),
  ];
  const done = work.length > 0 ? work.join(", ") : `a run of ${application}`;
  const failed = load
    ? `, ${formatCount(load.requests.failed)} of ${formatCount(load.requests.total)} requests failed`
    : "";
  return `${TITLES[outcome.result]}: ${done}${failed}.`;
}

/** The reasons of the outcome. The sentence is the heading of the report. */
export function outcomeSection(record: RunRecord): ReportSection {
  const { outcome, error, startedAt, endedAt } = record;
  const lists = [
    {
      title: outcome.result === "noisy" ? "Reasons not to judge latencies" : "Reasons",
      items: outcome.reasons,
    },
    { title: "Proven", items: outcome.proven },
    { title: "Not proven", items: outcome.notProven },
  ];
  const stopped = error && `The run ended early${error.step ? ` in “${error.step}”` : ""}: ${error.message}`;
  return {
    id: "outcome",
    title: "Outcome",
    paragraphs: [
      ...(stopped ? [stopped] : []),
      `Run from ${formatTime(startedAt)} to ${formatTime(endedAt)}.`,
    ],
    lists: lists.filter(({ items }) => items.length > 0),
  };
}
