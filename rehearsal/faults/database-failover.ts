import {
  type DatabaseInterruption,
  databaseOf,
  interruptDatabase,
  interruptionProblems,
} from "./stage/database-fault";
import type { Fault } from "./stage/fault";

const DOWN_MS = 1_000;
/** The application repeats a statement for 5 s. */
const REPEATED_SECONDS = 4.5;

interface Failover extends DatabaseInterruption {
  readonly from: string;
  readonly to: string;
}

export const databaseFailover: Fault<Failover> = {
  name: "database-failover",
  summary: "The database crashes, and its standby takes over with another address under the same name.",
  tolerates:
    "Nothing: the application repeats its statements for 5 s, and resolves the name for each connection. If the machine " +
    "needs longer than that to start the database, the requests of that time.",
  tolerated: ({ awaySeconds }) => (awaySeconds < REPEATED_SECONDS ? {} : { failedShare: 0.3, cutShare: 0.5 }),
  expected: "No request fails, and all connections lead to the new address.",
  noticedBy: [],
  recoversWithinSeconds: 20,
  onAws:
    "A failover of RDS takes 60 to 120 s, longer than the application repeats a statement; the fault database-away shows " +
    "that. Clients of a host that fails without closing its connections notice it by their own limits, here 5.5 s.",
  stack: "real time",
  needs: ["Node.js"],
  inject: async (stage) => {
    const [identifier, database] = databaseOf(stage);
    const from = database.host;
    const interruption = await interruptDatabase(stage, () =>
      stage.simulator.failOverDatabase(identifier, DOWN_MS),
    );
    return { ...interruption, from, to: database.host };
  },
  actual: ({ from, to, awaySeconds }) =>
    `The database moved from ${from} to ${to} and was away for ${awaySeconds.toFixed(1)} s.`,
  problems: (facts) => [
    ...interruptionProblems(facts),
    ...(facts.from === facts.to ? [`The database must have another address, got ${facts.to} again.`] : []),
  ],
};
