import { PreviewInputError } from "../../preview/preview-input-error";
import { runCommand } from "./command";

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => interrupted.abort());
}
// What cannot be written is told to whoever wrote it; here it would end the process with a stack.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

const context = {
  signal: interrupted.signal,
  say: (message: string) => void process.stderr.write(`${message}\n`),
  /** A pipe may take a long text in parts; ending before would cut it. */
  write: (text: string) =>
    new Promise<void>((resolve, reject) => {
      process.stdout.write(text, (error) => {
        // Who closes the pipe has read enough.
        if (!error || (error as NodeJS.ErrnoException).code === "EPIPE") resolve();
        else
          reject(
            new PreviewInputError(`The preview cannot be written to the standard output: ${error.message}.`),
          );
      });
    }),
};

runCommand(process.argv.slice(2), context).then(
  (status) => process.exit(status),
  (error: unknown) => {
    context.say(String((error as Error)?.stack ?? error));
    process.exit(1);
  },
);
