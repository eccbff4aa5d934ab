import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { describeHolders, holderOfRunnerLock, type LockHolder } from "./holders";
import type { Deadline } from "./limits";
import { MigrationError } from "./migration-error";

// Two arbitrary numbers, "chan" and "ge". Advisory locks are per database.
const LOCK_SPACE = 0x6368616e;
const LOCK_KEY = 0x6765;

/**
 * Ensures that one runner works at a time, until the session ends. The lock is polled: a session that waits inside
 * pg_advisory_lock() holds a snapshot, and the other runner's concurrent index build would wait for it forever.
 *
 * @throws MigrationError with the runner that holds the lock
 */
export async function takeRunnerLock(client: Client, deadline: Deadline): Promise<void> {
  let holders: LockHolder[] = [];
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1, $2) AS taken", [
      LOCK_SPACE,
      LOCK_KEY,
    ]);
    if (rows[0]?.taken) return;
    const found = await holderOfRunnerLock(client, LOCK_SPACE, LOCK_KEY);
    if (found.length > 0) holders = found;
    if (deadline.remainingMs() < 250) {
      throw new MigrationError(
        `Another runner is active: ${describeHolders(holders)}. Wait until it has finished, or end it with ` +
          "SELECT pg_terminate_backend(pid) if it hangs, and run again.",
      );
    }
    await sleep(250);
  }
}
