import type { PostgresServer } from "../../../simulator/database/postgres-server";
import type { FaultStage } from "./fault-stage";

export interface DatabaseInterruption {
  /** Time without a database, in seconds. */
  readonly awaySeconds: number;
  /** Instances that Auto Scaling terminated after a failed check, with the reason. */
  readonly terminations: readonly string[];
}

/** The only database of the stack, and its identifier. */
export function databaseOf({ simulator }: Pick<FaultStage, "simulator">): [string, PostgresServer] {
  const [database] = simulator.databases();
  if (database === undefined) throw new Error("The stack must have a database, got none.");
  return database;
}

/** Interrupts the database, and waits for the reaction of Auto Scaling, which must be none. */
export async function interruptDatabase(
  stage: FaultStage,
  interrupt: () => Promise<void>,
): Promise<DatabaseInterruption> {
  stage.begin();
  await interrupt();
  const awaySeconds = (Date.now() - stage.begunAt) / 1000;
  await stage.sleep(2_000);
  return { awaySeconds, terminations: [...stage.observed().notices.terminations] };
}

export function interruptionProblems({ terminations }: DatabaseInterruption): string[] {
  if (terminations.length === 0) return [];
  return [`No instance may be terminated for a fault of the database: ${terminations.join("; ")}.`];
}
