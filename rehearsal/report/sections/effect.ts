import type { RunRecord } from "../run-record";
import { formatClock, formatCount, formatDuration, formatMs, lossCell, secondsBetween } from "./format";
import type { ReportCell, ReportSection, ReportTable } from "./section";

type Load = NonNullable<RunRecord["load"]>;

/** The effect of the run on users, in figures. Absent without load. */
export function effectSection({ load }: RunRecord): ReportSection | undefined {
  if (load === undefined) return undefined;
  return {
    id: "effect",
    title: "Effect on users",
    tables: [
      {
        caption: "Effect on users",
        columns: [{ title: "Figure" }, { title: "Value", figure: true }],
        rows: effectRows(load),
      },
      ...(load.flips.length > 0 ? [flipTable(load)] : []),
      ...(load.failures.length > 0 ? [failureTable(load)] : []),
    ],
  };
}

export function effectRows(load: Load): (readonly [string, ReportCell])[] {
  const { requests, sessions, uploads, answers, stall, latency, webSockets, failureSpan } = load;
  const rows: (readonly [string, ReportCell])[] = [
    ["Requests", `${formatCount(requests.total)} (${Math.round(requests.perSecond)} per second)`],
    ["Requests failed", lossCell(requests.failed)],
  ];
  if (failureSpan) rows.push(["First to last failed request", formatDuration(failureSpan.seconds)]);
  rows.push(...exercised("Sessions", sessions.total, "Sessions lost", sessions.lost));
  rows.push(...exercised("Uploads", uploads.total, "Uploads cut", uploads.cut));
  rows.push(
    webSockets.messages === 0
      ? ["WebSocket messages", "not exercised"]
      : [
          "WebSocket messages acknowledged",
          `${formatCount(webSockets.acknowledged)} of ${formatCount(webSockets.messages)}`,
        ],
    ["Wrong answers", lossCell(answers.wrong)],
    ...recordRows(load),
    ["Longest stall of reads", formatMs(stall.readsMs)],
    ["Longest stall of writes", formatMs(stall.writesMs)],
    ["Latency, median", formatMs(latency.p50Ms)],
    ["Latency, 99th percentile", formatMs(latency.p99Ms)],
  );
  if (latency.p99DuringFlipMs !== null) {
    rows.push(["Latency during flips, 99th percentile", formatMs(latency.p99DuringFlipMs)]);
  }
  return rows;
}

/** A count that is 0 only because nothing was tried is not shown as a success. */
function exercised(name: string, total: number, lostName: string, lost: number): [string, ReportCell][] {
  if (total === 0) return [[name, "not exercised"]];
  return [
    [name, formatCount(total)],
    [lostName, lossCell(lost)],
  ];
}

/** Records that a user stored and read again later. */
function recordRows({ records }: Load): (readonly [string, ReportCell])[] {
  if (records.reads === 0) return [["Stored records", "not exercised"]];
  return [
    ["Stored records read", formatCount(records.reads)],
    ["Stored records unreadable", lossCell(records.failedReads)],
  ];
}

function flipTable(load: Load): ReportTable {
  return {
    caption: "Flips",
    columns: [
      { title: "At", figure: true },
      { title: "From" },
      { title: "To" },
      { title: "First new answer after", figure: true },
      { title: "Last old answer after", figure: true },
      { title: "Resources changed", figure: true },
      { title: "Requests failed", figure: true },
    ],
    rows: load.flips.map((flip) => [
      formatClock(secondsBetween(load.startedAt, flip.startedAt)),
      flip.from,
      flip.to,
      formatMs(flip.firstAnswerFromNewMs),
      formatMs(flip.lastAnswerFromOldMs),
      flip.resourcesChanged === null ? "unknown" : formatCount(flip.resourcesChanged),
      lossCell(flip.failed),
    ]),
  };
}

function failureTable(load: Load): ReportTable {
  const shown = load.failures.slice(0, MAX_FAILURES);
  const all = load.requests.failed + load.sessions.lost + load.answers.wrong;
  return {
    caption: shown.length < all ? `First ${shown.length} of ${formatCount(all)} failures` : "Failures",
    columns: [
      { title: "At", figure: true },
      { title: "Kind" },
      { title: "Request" },
      { title: "Color" },
      { title: "Detail" },
    ],
    rows: shown.map(({ at, kind, method, path, status, color, detail, user }) => [
      formatClock(secondsBetween(load.startedAt, at)),
      kind,
      [method, path, status, user && `of ${user}`].filter((part) => part !== undefined).join(" "),
      color ?? "",
      detail,
    ]),
  };
}

const MAX_FAILURES = 20;
