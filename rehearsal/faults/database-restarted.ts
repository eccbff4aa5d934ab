import {
  type DatabaseInterruption,
  databaseOf,
  interruptDatabase,
  interruptionProblems,
} from "./stage/database-fault";
import type { Fault } from "./stage/fault";

export const databaseRestarted: Fault<DatabaseInterruption> = {
  name: "database-restarted",
  summary: "The database restarts, as for a parameter that needs it.",
  tolerates: "Nothing: the application repeats its statements for 5 s.",
  tolerated: {},
  expected: "No request fails, and no instance is terminated.",
  noticedBy: [],
  recoversWithinSeconds: 15,
  onAws:
    "RDS needs longer for a restart, often 10 to 30 s; the fault database-away shows an interruption of 120 s.",
  stack: "real time",
  inject: (stage) => interruptDatabase(stage, () => databaseOf(stage)[1].restart()),
  actual: ({ awaySeconds }) => `The restart took ${awaySeconds.toFixed(1)} s.`,
  problems: interruptionProblems,
};
