/** One runner at a time. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { describeHolders, type Holder, holderOfRunnerLock } from "./holders";
import type { Deadline } from "./limits";
import { MigrationError } from "./migration-error";

// Any two numbers of our own; advisory locks are per database.
const space = 0x6368616e; // "chan"
const key = 0x6765; // "ge"

/**
 * Takes the lock for as long as the session lives. It is polled: a session that waits inside pg_advisory_lock()
 * holds a snapshot, and a concurrent index build of the holder would wait for that one, for ever.
 *
 * @throws MigrationError that names the runner that has it
 */
export async function takeRunnerLock(client: Client, deadline: Deadline): Promise<void> {
  let holders: Holder[] = [];
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>("SELECT pg_try_advisory_lock($1, $2) AS taken", [
      space,
      key,
    ]);
    if (rows[0]?.taken) return;
    const found = await holderOfRunnerLock(client, space, key);
    if (found.length > 0) holders = found;
    if (deadline.remainingMs() < 250) {
      throw new MigrationError(
        `Another runner is at work: ${describeHolders(holders)}. Wait until it has finished, or end it with ` +
          "SELECT pg_terminate_backend(pid) if it hangs; its lock is then free and this one can run again.",
      );
    }
    await sleep(250);
  }
}
