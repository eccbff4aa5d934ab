import { availableParallelism, totalmem } from "node:os";
import type { LoadFigures } from "../load";
import { loadOutcome } from "../load";
import type { RehearsalOptions } from "../scenario/options";
import type { RehearsalReport } from "../scenario/rehearse";
import { formatSeconds } from "./format-seconds";

/** Builds the report for `--json`: the figures of the load, and the machine on which they were measured. */
export function jsonReport(report: RehearsalReport, options: Pick<RehearsalOptions, "requestsPerSecond">) {
  const { outcome, reasons } = loadOutcome(report.figures);
  return {
    outcome,
    reasons,
    engine: report.engine,
    ...report.figures,
    steps: report.steps,
    machine: {
      cores: availableParallelism(),
      memoryGib: Math.round(totalmem() / 1024 ** 3),
      node: process.version,
    },
    requestsPerSecond: options.requestsPerSecond,
  };
}

export function closingTable({ engine, figures, steps }: RehearsalReport): string {
  const { outcome, reasons } = loadOutcome(figures);
  const { requests, sessions, uploads, answers, stall, latency, webSockets } = figures;
  const rows: [string, string][] = [
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
    ["latency p99 during flips", shownMs(latency.p99DuringFlipMs)],
  ];
  for (const flip of figures.flips) {
    rows.push([
      `flip ${flip.from} to ${flip.to}`,
      `first new answer ${shownMs(flip.firstAnswerFromNewMs)}, last old ${shownMs(flip.lastAnswerFromOldMs)}, ` +
        `${flip.resourcesChanged ?? "?"} resources changed`,
    ]);
  }
  const stepsMs = steps.reduce((sum, step) => sum + step.durationMs, 0);
  const engineTitle = engine === "cli" ? "the Pulumi CLI" : "the in-process engine";
  rows.push(["steps", `${steps.length} in ${formatSeconds(stepsMs)}, by ${engineTitle}`]);
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    "",
    `${outcome.toUpperCase()}${reasons.length > 0 ? `: ${reasons.join("; ")}` : ""}`,
    ...failureLines(figures),
  ].join("\n");
}

/** The time in which requests failed, and their share of all requests. */
function failureRow({ failureSpan, requests }: LoadFigures): [string, string][] {
  if (failureSpan === null) return [];
  const percent = ((100 * requests.failed) / requests.total).toFixed(2);
  return [
    [
      "failures",
      `${percent} % of the requests, ${failureSpan.seconds.toFixed(1)} s from the first to the last`,
    ],
  ];
}

function failureLines(figures: LoadFigures): string[] {
  return figures.failures.slice(0, 10).map(({ at, kind, method, path, status, color, detail }) => {
    const what = [method, path, status, color].filter((part) => part !== undefined).join(" ");
    return `  ${at} ${kind} ${what} ${detail}`;
  });
}

function shownMs(value: number | null): string {
  return value === null ? "none" : `${Math.round(value)} ms`;
}
