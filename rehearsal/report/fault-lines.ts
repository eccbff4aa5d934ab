import { formatSeconds } from "./format-seconds";
import type { RecordedFault } from "./run-record";

/** Describes a fault that has ended in plain lines: what happened, what was lost, who noticed it, and the recovery. */
export function faultLines({ actual, lost, noticed, recoveredAfterSeconds, load }: RecordedFault): string[] {
  const noticers = noticed.map(({ by, afterSeconds }) =>
    afterSeconds === undefined ? by : `${by} (${formatSeconds(afterSeconds * 1000)})`,
  );
  const recovery =
    recoveredAfterSeconds === null
      ? "not within the limit"
      : recoveredAfterSeconds === 0
        ? "at all times"
        : `after ${formatSeconds(recoveredAfterSeconds * 1000)}`;
  return [
    `outcome   ${actual}`,
    `lost      ${lossText(lost)}; ${load?.requests.total ?? 0} requests in all`,
    `noticed   ${noticers.join(", ") || "not at all"}`,
    `well      ${recovery}`,
  ];
}

function lossText({ requestsFailed, sessionsLost, uploadsCut, wrongAnswers }: RecordedFault["lost"]): string {
  return `${requestsFailed} requests, ${sessionsLost} sessions, ${uploadsCut} uploads, ${wrongAnswers} answers wrong`;
}

/** The faults side by side. */
export function faultTable(faults: readonly RecordedFault[]): string[] {
  const rows = faults.map(({ name, passed, lost, load, recoveredAfterSeconds }) => [
    passed ? "passed" : "FAILED",
    name,
    `${lost.requestsFailed} of ${load?.requests.total ?? 0}`,
    recoveredAfterSeconds === null ? "not well" : `well after ${formatSeconds(recoveredAfterSeconds * 1000)}`,
  ]);
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(width(column))).join("  ")}`.trimEnd());
}
