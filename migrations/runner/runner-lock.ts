import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { describeHolders, holderOfRunnerLock, type LockHolder } from "./holders";
import type { Deadline } from "./limits";
import { MigrationError } from "./migration-error";

// Key of the advisory lock: the ASCII codes of "chan" and "ge". Advisory locks are per database.
const LOCK_SPACE = 0x6368616e;
const LOCK_KEY = 0x6765;

/**
 * Takes the lock that ensures that only one runner works at a time. The lock is held until the session ends.
 *
 * The lock is polled. A session that waits in pg_advisory_lock() would hold a snapshot, and a concurrent index build
 * of the other runner would wait for it forever.
 *
 * @throws MigrationError that names the runner that holds the lock
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

/** False if a script released the lock, for example by pg_advisory_unlock_all(). */
export async function holdsRunnerLock(client: Client): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory' AND granted
        AND classid = $1 AND objid = $2 AND objsubid = 2 AND mode = 'ExclusiveLock'`,
    [LOCK_SPACE, LOCK_KEY],
  );
  return (rowCount ?? 0) > 0;
}
