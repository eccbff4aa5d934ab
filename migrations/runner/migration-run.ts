import type { Client } from "pg";
import type { MigrationScript } from "../script/script";
import type { Deadline, Limits } from "./limits";
import { codeOf, describeError, isConnectionLost, MigrationError } from "./migration-error";

export type Log = (message: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface MigrationRun {
  /**
   * Session that holds the runner's lock and also executes the scripts. If it ends, no script can go on without the
   * lock.
   */
  readonly work: Client;
  readonly workPid: number;
  readonly observer: Client;
  readonly limits: Limits;
  readonly deadline: Deadline;
  readonly log: Log;
}

export async function rollback({ work }: MigrationRun): Promise<void> {
  try {
    await work.query("ROLLBACK");
  } catch (error) {
    if (!isConnectionLost(error)) throw error;
  }
}

/** Resets the session, so that settings of a script affect neither the next script nor the ledger. */
export async function resetSession({ work }: MigrationRun): Promise<void> {
  await work.query("RESET SESSION AUTHORIZATION; RESET ALL");
}

function lineOf(error: unknown, text: string, firstLine: number): number {
  const position = error instanceof Error && "position" in error ? Number(error.position) : Number.NaN;
  if (!Number.isInteger(position)) return firstLine;
  return firstLine + text.slice(0, position - 1).split("\n").length - 1;
}

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
      ? `it did not finish in the remaining time (${describeError(error)})`
      : describeError(error);
  return new MigrationError([`${where}: ${what.replace(/\.$/, "")}.`, state].join(" ").trimEnd());
}
