import type { Fault } from "./stage/fault";
import { withOwnerClient } from "./stage/owner-client";

const HELD_MS = 8_000;
/** The runner lets clients wait for 250 ms at most; a busy machine adds to it. */
const STALL_LIMIT_MS = 1_000;

/** Locks every table of the application as a long report does, which reads them. */
const READ_ALL = `
  DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT schemaname, tablename FROM pg_tables WHERE schemaname = 'public' LOOP
      EXECUTE format('LOCK TABLE %I.%I IN ACCESS SHARE MODE', found.schemaname, found.tablename);
    END LOOP;
  END $$`;

interface WaitingMigration {
  /** Time from the end of the transaction to the end of the update, in ms; negative if the update did not wait. */
  readonly updatedAfterMs: number;
  readonly longestStallMs: number;
}

export const migrationMeetsLongTransaction: Fault<WaitingMigration> = {
  name: "migration-meets-long-transaction",
  summary: `A transaction that reads all tables stays open for ${HELD_MS / 1000} s while a release changes them.`,
  tolerates: "No failed request. Requests may wait for the migration's locks, for 250 ms at a time.",
  tolerated: {},
  expected: `The migration waits without holding up other requests for longer than ${STALL_LIMIT_MS} ms, and succeeds after the transaction.`,
  noticedBy: [],
  recoversWithinSeconds: 90,
  onAws: "As on AWS: real locks in a real PostgreSQL.",
  stack: "real time",
  begins: "one color",
  needs: ["migrations"],
  inject: async (stage) => {
    let endedAt = 0;
    stage.begin();
    const reading = withOwnerClient(stage, async (client) => {
      await client.query("BEGIN");
      await client.query(READ_ALL);
      await stage.sleep(HELD_MS);
      await client.query("COMMIT");
      endedAt = Date.now();
    });
    const [updatedAt] = await Promise.all([stage.stack.deployNext().then(() => Date.now()), reading]);
    return { updatedAfterMs: updatedAt - endedAt, longestStallMs: stage.load.snapshot().stall.longestMs };
  },
  actual: ({ updatedAfterMs, longestStallMs }) =>
    `The update succeeded ${(updatedAfterMs / 1000).toFixed(1)} s after the transaction. The longest stall was ${Math.round(longestStallMs)} ms.`,
  problems: ({ updatedAfterMs, longestStallMs }) => [
    ...(updatedAfterMs > 0
      ? []
      : ["The migration must wait for the transaction, and the update ended before it."]),
    ...(longestStallMs <= STALL_LIMIT_MS
      ? []
      : [`Requests stalled for ${Math.round(longestStallMs)} ms; the limit is ${STALL_LIMIT_MS} ms.`]),
  ],
};
