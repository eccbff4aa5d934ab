import type { RecordedFault, RunRecord } from "../run-record";
import { countOf, formatDuration } from "./format";
import type { ReportSection } from "./section";

/** Every fault with its expected and its actual outcome. Absent if the run injected none. */
export function faultsSection({ faults }: RunRecord): ReportSection | undefined {
  if (faults === undefined) return undefined;
  return {
    id: "faults",
    title: "Faults",
    tables: [
      {
        caption: "Faults",
        columns: [
          { title: "Fault" },
          { title: "Tolerated" },
          { title: "Expected" },
          { title: "Actual" },
          { title: "Lost" },
          { title: "Noticed by" },
          { title: "Well again after", figure: true },
          { title: "Outcome" },
        ],
        rows: faults.map((fault) => [
          `${fault.name}: ${fault.summary}`,
          fault.tolerated,
          fault.expected,
          fault.actual,
          lostText(fault),
          fault.noticed.map(noticeText).join(", ") || "not noticed",
          fault.recoveredAfterSeconds === null ? "never" : formatDuration(fault.recoveredAfterSeconds),
          { text: fault.passed ? "as expected" : "not as expected", mark: fault.passed ? "good" : "bad" },
        ]),
      },
    ],
    lists: [
      {
        title: "On AWS",
        items: faults.flatMap(({ name, onAws }) => (onAws === undefined ? [] : [`${name}: ${onAws}`])),
      },
    ].filter(({ items }) => items.length > 0),
  };
}

function lostText({ lost }: RecordedFault): string {
  const parts = [
    [lost.requestsFailed, "request"],
    [lost.sessionsLost, "session"],
    [lost.uploadsCut, "upload"],
    [lost.wrongAnswers, "wrong answer"],
  ] as const;
  return (
    parts.flatMap(([count, noun]) => (count === 0 ? [] : [countOf(count, noun)])).join(", ") || "nothing"
  );
}

function noticeText({ by, afterSeconds }: RecordedFault["noticed"][number]): string {
  return afterSeconds === undefined ? by : `${by} after ${formatDuration(afterSeconds)}`;
}
