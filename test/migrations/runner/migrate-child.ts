/** A migration runner as a process that tests can kill; options as JSON in the first argument. */

import { runMigrations } from "../../../migrations/runner/runner";

runMigrations({
  ...JSON.parse(process.argv[2] ?? ""),
  log: (message) => process.stdout.write(`${message}\n`),
}).then(
  ({ applied }) => process.stdout.write(`finished ${applied.length}\n`),
  (error: Error) => {
    process.stdout.write(`failed ${error.message}\n`);
    process.exitCode = 1;
  },
);
