import {
  type DatabaseInterruption,
  databaseOf,
  interruptDatabase,
  interruptionProblems,
} from "./stage/database-fault";
import type { Fault } from "./stage/fault";
import { FAULT_STACKS } from "./stage/fault-stack";

const AWAY_SECONDS = 120;
const SCALED_MS = (AWAY_SECONDS * 1000) / FAULT_STACKS.scaled.timeScale;

export const databaseAway: Fault<DatabaseInterruption> = {
  name: "database-away",
  summary: `The database is away for ${AWAY_SECONDS} s in the time of health checks (${SCALED_MS / 1000} s of load).`,
  tolerates:
    "The requests that need the database while it is away. No instance, because new ones would not help.",
  tolerated: { failedShare: 0.9, cutShare: 1 },
  expected:
    "No instance is terminated, an alarm goes off, and requests succeed within 15 s of the database's return.",
  noticedBy: ["users", "alarm"],
  recoversWithinSeconds: SCALED_MS / 1000 + 15,
  onAws:
    "Health checks run ten times as often as on AWS, so they see the whole interruption. Requests fail for a tenth of " +
    "the time: on AWS, multiply their number by ten.",
  stack: "scaled",
  inject: (stage) => {
    const [, database] = databaseOf(stage);
    return interruptDatabase(stage, async () => {
      await database.halt();
      try {
        await stage.sleep(SCALED_MS);
      } finally {
        await database.restart();
      }
    });
  },
  actual: ({ awaySeconds }) => `The database was away for ${awaySeconds.toFixed(1)} s of load.`,
  problems: interruptionProblems,
};
