import type { MigrationScript } from "../script/script";
import type { Deadline, Limits } from "./limits";
import { describeError, isConnectionLost, MigrationError } from "./migration-error";
import { NO_TRANSACTION_TIMEOUT } from "./server-facts";
import type { Sessions } from "./sessions";

export type Log = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface MigrationRun {
  readonly sessions: Sessions;
  readonly limits: Limits;
  readonly deadline: Deadline;
  readonly log: Log;
  /** Called with the longest time for which a client has waited for the run's locks so far. */
  readonly onStall?: (waitedMs: number) => void;
}

export async function rollback({ sessions: { work } }: MigrationRun): Promise<void> {
  try {
    await work.query("ROLLBACK");
  } catch (error) {
    if (!isConnectionLost(error)) throw error;
  }
}

/**
 * Resets the settings of a script, so that they do not affect the ledger. RESET SESSION AUTHORIZATION also resets the
 * role to none; RESET ROLE then restores the role's own default.
 */
export async function resetSession({ sessions: { work } }: MigrationRun): Promise<void> {
  await work.query(`RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; ${NO_TRANSACTION_TIMEOUT}`);
}

/** Position in the text as the server counts it, from 1. NaN if the error has none. */
export function positionOf(error: unknown): number {
  return error instanceof Error && "position" in error ? Number(error.position) : Number.NaN;
}

function lineOf(error: unknown, text: string, firstLine: number): number {
  const position = positionOf(error);
  if (!Number.isInteger(position)) return firstLine;
  // PostgreSQL counts characters, JavaScript UTF-16 units.
  const before = [...text.slice(0, position * 2)].slice(0, position - 1);
  return firstLine + before.filter((character) => character === "\n").length;
}

/** Makes the position of a server's error relative to a text that was sent after other text. */
export function movePosition(error: unknown, by: number): unknown {
  if (error instanceof Error && "position" in error && error.position !== undefined) {
    error.position = String(Math.max(1, Number(error.position) + by));
  }
  return error;
}

export function scriptFailure(
  error: unknown,
  script: MigrationScript,
  text: string,
  firstLine: number,
  state: string,
  isOutOfTime = false,
): MigrationError {
  const where = `${script.file}:${lineOf(error, text, firstLine)}`;
  const what = isOutOfTime
    ? `it did not finish in the remaining time (${describeError(error)})`
    : describeError(error);
  return new MigrationError([`${where}: ${what.replace(/\.$/, "")}.`, state].join(" ").trimEnd());
}
