import type { CommandContext } from "./command";
import { INTERRUPTED } from "./exit-codes";
import { runCommandLine } from "./run-command-line";

/** An interrupted command that has not stopped by then is ended. */
const STOP_LIMIT_MS = 30_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const interruption = new AbortController();

/** The first signal asks the command to stop, the second one ends it at once. */
function observeSignals(): () => void {
  let limit: NodeJS.Timeout | undefined;
  const interrupt = () => {
    if (interruption.signal.aborted) process.exit(INTERRUPTED);
    limit = setTimeout(() => process.exit(INTERRUPTED), STOP_LIMIT_MS);
    interruption.abort();
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  return () => {
    clearTimeout(limit);
    for (const name of SIGNALS) process.off(name, interrupt);
  };
}

const context: CommandContext = {
  env: process.env,
  signal: interruption.signal,
  log: (message) => void process.stderr.write(`${message}\n`),
  write: (text) =>
    new Promise<void>((resolve, reject) => {
      process.stdout.write(text, (error) => {
        // A reader that closes the pipe has read enough.
        if (!error || (error as NodeJS.ErrnoException).code === "EPIPE") resolve();
        else reject(new Error(`The result cannot be written to the standard output: ${error.message}.`));
      });
    }),
};

// The callbacks of the writes report these errors.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

void runCommandLine(process.argv.slice(2), context, observeSignals).then((status) => {
  // A pipe takes a long text in parts; ending before would cut it.
  process.stdout.write("", () => process.exit(status));
});
