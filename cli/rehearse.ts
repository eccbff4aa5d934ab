import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { knownVersions, loadApplication } from "../../contract";
import { loadOutcome } from "../../rehearsal/load";
import { closingTable, jsonReport } from "../../rehearsal/report/report";
import { Screen } from "../../rehearsal/report/screen";
import { rehearse } from "../../rehearsal/scenario/rehearse";
import { HELP, parseOptions, type RehearsalOptions, UsageError } from "./options";

const PROGRAM_DIRECTORY = join(__dirname, "..", "..");
/** After this long an interrupted rehearsal ends the hard way. */
const STOP_LIMIT_MS = 30_000;

const EXIT = { passed: 0, failed: 1, impossible: 2, interrupted: 130 } as const;

async function main(argv: readonly string[]): Promise<number> {
  const application = loadApplication(PROGRAM_DIRECTORY);
  const versions = knownVersions(application, PROGRAM_DIRECTORY).map(({ version }) => version);
  const options = parseOptions(argv, versions.length - 1);
  if (!options) {
    process.stdout.write(HELP);
    return EXIT.passed;
  }
  checkWritable(options.json);
  const screen = new Screen(process.stdout, options.verbose);
  const interruption = interruptible(screen);
  try {
    const report = await rehearse(
      PROGRAM_DIRECTORY,
      versions.slice(0, options.releases + 1),
      options,
      screen,
      interruption.signal,
    );
    screen.line(`\n${closingTable(report)}`);
    if (options.json)
      writeFileSync(options.json, `${JSON.stringify(jsonReport(report, options), undefined, 2)}\n`);
    return loadOutcome(report.figures).outcome === "failed" ? EXIT.failed : EXIT.passed;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    screen.line("Interrupted. Everything that was started is stopped.");
    return EXIT.interrupted;
  } finally {
    interruption.release();
  }
}

/** A path that cannot be written is said before minutes are spent on what it should hold. */
function checkWritable(file: RehearsalOptions["json"]): void {
  if (file === undefined) return;
  try {
    writeFileSync(file, "");
  } catch (error) {
    throw new UsageError(
      `--json: ${resolve(file)} cannot be written (${(error as NodeJS.ErrnoException).code}). Give a file in a folder that exists.`,
    );
  }
}

/** The first Ctrl-C stops everything in order, a second one at once. */
function interruptible(screen: Screen): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  let limit: NodeJS.Timeout | undefined;
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    screen.line("\nInterrupted: stopping everything. Press Ctrl-C again to stop at once.");
    limit = setTimeout(() => process.exit(EXIT.interrupted), STOP_LIMIT_MS);
    controller.abort();
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of signals) process.on(name, interrupt);
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(limit);
      for (const name of signals) process.off(name, interrupt);
    },
  };
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    const expected = error instanceof UsageError;
    process.stderr.write(`${expected ? error.message : shown(error)}\n`);
    process.exitCode = EXIT.impossible;
  },
);

function shown(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return process.env.DEBUG
    ? (error.stack ?? error.message)
    : `The rehearsal could not go on. ${error.message}`;
}
