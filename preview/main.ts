import { runCommand } from "./command";

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => interrupted.abort());
}

const context = {
  signal: interrupted.signal,
  say: (message: string) => void process.stderr.write(`${message}\n`),
  /** A pipe may take a long text in parts; ending before would cut it. */
  write: (text: string) =>
    new Promise<void>((resolve, reject) => {
      process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    }),
};

runCommand(process.argv.slice(2), context).then(
  (status) => process.exit(status),
  (error: unknown) => {
    context.say(String((error as Error)?.stack ?? error));
    process.exit(1);
  },
);
