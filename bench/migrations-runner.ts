import { type MigrationOptions, runMigrations } from "../migrations/runner/runner";

const report = (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
  process.send?.({ message, ...fields });

process.once("message", async () => {
  const options: MigrationOptions = JSON.parse(process.argv[2] ?? "");
  try {
    await runMigrations({ ...options, log: report });
    report("migration finished");
    process.disconnect();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
});
report("ready");
