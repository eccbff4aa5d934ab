import type { LoadFigures } from "../load";
import { failureSentences } from "./failure-sentences";
import { faultTable } from "./fault-lines";
import { formatSeconds } from "./format-seconds";
import type { RecordedStrategy, RunRecord } from "./run-record";

const WIDTH = 80;
/** In 80 columns: requests that failed, sessions lost, uploads cut, time in which reads failed, duration. */
const STRATEGY_COLUMNS = ["strategy", "outage", "failed", "lost", "cut", "unreadable", "release"];

/** The end of a run in plain text: figures, what was proven and what was not, and the outcome. */
export function summaryText(record: RunRecord): string {
  const { outcome, load } = record;
  return [
    ...(load === undefined ? [] : table([...loadRows(load), ...runRows(record)])),
    ...(record.strategies === undefined ? [] : strategyTable(record.strategies)),
    ...(record.faults === undefined ? [] : faultTable(record.faults)),
    ...list("Proven:", outcome.proven),
    ...list("Not proven:", outcome.notProven),
    "",
    ...(record.error === undefined ? [] : [record.error.message, ""]),
    outcomeLine(record),
    ...[...failureSentences(record), ...verifyHint(record)].flatMap((sentence) => ["", ...wrapped(sentence)]),
  ].join("\n");
}

/** A service that misses a requirement fails a rehearsal late, and often as the timeout of another step. */
function verifyHint({ outcome, faults }: RunRecord): string[] {
  if (outcome.result !== "failed" || faults !== undefined) return [];
  return ["`changeover verify` checks the requirements of the services one by one, in about 15 s."];
}

/** The strategies side by side, with the outage that users had. */
function strategyTable(strategies: readonly RecordedStrategy[]): string[] {
  const rows = strategies.map(
    ({ name, outageSeconds, lost, requests, recordsUnreadableSeconds, releaseSeconds }) => [
      name,
      formatSeconds(outageSeconds * 1000),
      `${lost.requestsFailed} of ${requests}`,
      String(lost.sessionsLost),
      String(lost.uploadsCut),
      formatSeconds(recordsUnreadableSeconds * 1000),
      formatSeconds(releaseSeconds * 1000),
    ],
  );
  const all = [STRATEGY_COLUMNS, ...rows];
  const widths = STRATEGY_COLUMNS.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
}

function outcomeLine({ outcome }: RunRecord): string {
  const { result, reasons } = outcome;
  if (result === "noisy") return "NOISY: passed; latencies are not judged, because the machine was too busy";
  return `${result.toUpperCase()}${reasons.length > 0 ? `: ${reasons.join("; ")}` : ""}`;
}

/** The figures of the load, as rows of a table. */
export function loadRows(figures: LoadFigures): [string, string][] {
  const { requests, sessions, uploads, answers, stall, latency, webSockets, generator, noisy } = figures;
  const lagMs = Math.max(generator.lagP99Ms, generator.eventLoopDelayP99Ms);
  const pressure = generator.cpuPressure === null ? "" : `, CPU pressure ${percent(generator.cpuPressure)}`;
  return [
    ["requests", `${requests.total} (${Math.round(requests.perSecond)}/s)`],
    ["requests failed", String(requests.failed)],
    ...failureRow(figures),
    ["sessions", String(sessions.total)],
    ["sessions lost", String(sessions.lost)],
    ["uploads", String(uploads.total)],
    ["uploads cut", String(uploads.cut)],
    ["WebSocket messages", `${webSockets.acknowledged} of ${webSockets.messages} acknowledged`],
    ["wrong answers", String(answers.wrong)],
    ["longest stall", `${Math.round(stall.longestMs)} ms`],
    ["latency p50, p99", `${latency.p50Ms.toFixed(1)} ms, ${latency.p99Ms.toFixed(1)} ms`],
    [
      "latency p99, flips",
      latency.p99DuringFlipMs === null ? "none" : `${Math.round(latency.p99DuringFlipMs)} ms`,
    ],
    [
      "latencies",
      `${noisy ? "not judged" : "judged"}: lag of the load ${Math.round(lagMs)} ms (limit 20)${pressure} (limit 80 %)`,
    ],
  ];
}

function runRows({ releases, steps, environment, startedAt, endedAt }: RunRecord): [string, string][] {
  const engine = environment.engine === "cli" ? "the Pulumi CLI" : "the in-process engine";
  const took = formatSeconds(Date.parse(endedAt) - Date.parse(startedAt));
  const path = releases.map(({ to }) => `${to.version} (${to.color})`);
  const first = releases[0]?.from;
  return [
    ...(first
      ? [["releases", [`${first.version} (${first.color})`, ...path].join(", ")] as [string, string]]
      : []),
    ["steps", `${steps.length}, by ${engine}; the whole run ${took}`],
  ];
}

/** The time in which requests failed, and their share of all requests. */
function failureRow({ failureSpan, requests }: LoadFigures): [string, string][] {
  if (failureSpan === null) return [];
  const share = ((100 * requests.failed) / requests.total).toFixed(2);
  return [
    [
      "failures",
      `${share} % of the requests, ${failureSpan.seconds.toFixed(1)} s from the first to the last`,
    ],
  ];
}

/** Rows with the values below each other. */
export function table(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

function list(heading: string, sentences: readonly string[]): string[] {
  return sentences.length === 0 ? [] : ["", heading, ...sentences.flatMap((sentence) => item(sentence))];
}

function item(sentence: string): string[] {
  return wrapped(sentence, "  -", "   ");
}

/** A sentence in lines of at most 80 characters, if its words allow it. */
function wrapped(sentence: string, first = " ", next = " "): string[] {
  const lines: string[] = [];
  let line = first;
  for (const word of sentence.split(" ")) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = next;
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
