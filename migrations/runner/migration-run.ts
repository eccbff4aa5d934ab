/** What every step of a run works with. */

import type { Client } from "pg";
import type { MigrationScript } from "../script/script";
import type { Deadline, Limits } from "./limits";
import { codeOf, describeError, isConnectionLost, MigrationError } from "./migration-error";

/** One line of structured progress. */
export type Log = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface MigrationRun {
  /** Holds the runner's lock and does the work: when it dies, both end together. */
  readonly work: Client;
  readonly workPid: number;
  /** Looks at the first one from outside while it waits. */
  readonly observer: Client;
  readonly limits: Limits;
  readonly deadline: Deadline;
  readonly log: Log;
}

/** Gives up the transaction, if the session still lives. */
export async function rollback({ work }: MigrationRun): Promise<void> {
  try {
    await work.query("ROLLBACK");
  } catch (error) {
    if (!isConnectionLost(error)) throw error;
  }
}

/** Whatever the script has SET must not reach the next one, nor the ledger. */
export async function resetSession({ work }: MigrationRun): Promise<void> {
  await work.query("RESET SESSION AUTHORIZATION; RESET ALL");
}

function lineOf(error: unknown, text: string, firstLine: number): number {
  const position = error instanceof Error && "position" in error ? Number(error.position) : Number.NaN;
  if (!Number.isInteger(position)) return firstLine;
  return firstLine + text.slice(0, position - 1).split("\n").length - 1;
}

/** A script's own failure: file, line, what the server said, and that nothing of it stays. */
export function scriptFailure(
  error: unknown,
  script: MigrationScript,
  text: string,
  firstLine: number,
  state: string,
): MigrationError {
  const where = `${script.file}:${lineOf(error, text, firstLine)}`;
  const what =
    codeOf(error) === "57014"
      ? `it did not finish in the time that was left (${describeError(error)})`
      : describeError(error);
  return new MigrationError([`${where}: ${what.replace(/\.$/, "")}.`, state].join(" ").trimEnd());
}
