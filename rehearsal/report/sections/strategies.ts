import type { RunRecord } from "../run-record";
import { formatCount, formatDuration, lossCell } from "./format";
import type { ReportSection } from "./section";

/** The same release in several ways, side by side. Absent if the run did not compare strategies. */
export function strategiesSection({ strategies }: RunRecord): ReportSection | undefined {
  if (strategies === undefined) return undefined;
  return {
    id: "strategies",
    title: "Outage by strategy",
    paragraphs: [
      "The same release, with the same load. The outage is the time from the first failed request to the last one.",
    ],
    tables: [
      {
        caption: "Outage by strategy",
        columns: [
          { title: "Strategy" },
          { title: "Outage", figure: true },
          { title: "Requests failed", figure: true },
          { title: "Sessions lost", figure: true },
          { title: "Uploads cut", figure: true },
          { title: "Records unreadable for", figure: true },
          { title: "Duration of the release", figure: true },
        ],
        rows: strategies.map((strategy) => [
          strategy.title,
          {
            text: formatDuration(strategy.outageSeconds),
            mark: strategy.outageSeconds === 0 ? "good" : "bad",
          },
          `${formatCount(strategy.lost.requestsFailed)} of ${formatCount(strategy.requests)}`,
          lossCell(strategy.lost.sessionsLost),
          lossCell(strategy.lost.uploadsCut),
          formatDuration(strategy.recordsUnreadableSeconds),
          formatDuration(strategy.releaseSeconds),
        ]),
      },
    ],
  };
}
