import { terminalQuestion } from "./ask";
import type { CommandContext } from "./command";
import { INTERRUPTED } from "./exit-codes";
import { runCommandLine } from "./run-command-line";

/** Time that an interrupted command has to stop before the process exits. */
const STOP_LIMIT_MS = 30_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

// The AWS SDK would announce its next minimum version of Node on the standard error output, beside the command's lines.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

const interruption = new AbortController();

/** Aborts the command at the first stop signal, and exits the process at the second. */
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
  ask: terminalQuestion(interruption.signal),
  log: (message) => void process.stderr.write(`${message}\n`),
  write: (text) =>
    new Promise<void>((resolve, reject) => {
      process.stdout.write(text, (error) => {
        // EPIPE is no error: the reader, such as `head`, has closed the pipe early.
        if (!error || (error as NodeJS.ErrnoException).code === "EPIPE") resolve();
        else reject(new Error(`The result cannot be written to the standard output: ${error.message}.`));
      });
    }),
};

// Without a listener these errors would crash the process. The callback of each write handles them.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

void runCommandLine(process.argv.slice(2), context, observeSignals).then((status) => {
  // Writes to a pipe are asynchronous: exiting earlier would truncate the output.
  process.stdout.write("", () => process.exit(status));
});
