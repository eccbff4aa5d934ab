import { type ExecFileOptions, execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);
export const OUTPUT_LIMIT_BYTES = 1 << 26;
/** How long a command that is told to end may take for it. */
const END_SECONDS = 5;

/** A command that could not be started, or did not end well. */
export class CommandError extends Error {
  override readonly name = "CommandError";

  constructor(
    readonly command: string,
    /** What it said on its standard error output. */
    readonly said: string,
    readonly outcome: "missing" | "late" | "failed",
  ) {
    super(said);
  }
}

/**
 * Runs a command to its end, also when it is told to end before: nothing of it goes on behind an error.
 * @throws CommandError, or the signal's reason.
 */
export async function run(
  command: string,
  args: readonly string[],
  { signal, seconds, ...options }: ExecFileOptions & { signal: AbortSignal; seconds: number },
): Promise<void> {
  signal.throwIfAborted();
  const running = execute(command, [...args], {
    ...options,
    maxBuffer: OUTPUT_LIMIT_BYTES,
    encoding: "utf8",
  });
  const timers: NodeJS.Timeout[] = [];
  let late = false;
  const end = () => {
    running.child.kill();
    timers.push(setTimeout(() => running.child.kill("SIGKILL"), END_SECONDS * 1000));
  };
  const tooLate = () => {
    late = true;
    end();
  };
  timers.push(setTimeout(tooLate, seconds * 1000));
  signal.addEventListener("abort", end, { once: true });
  try {
    await running;
  } catch (error) {
    signal.throwIfAborted();
    throw commandError(command, error, late);
  } finally {
    signal.removeEventListener("abort", end);
    for (const timer of timers) clearTimeout(timer);
  }
}

/** Of what `execFile` and `execFileSync` throw. */
export function commandError(command: string, error: unknown, late = false): CommandError {
  const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: unknown };
  const said = String(stderr ?? "").trim() || String(message ?? error);
  return new CommandError(command, said, late ? "late" : code === "ENOENT" ? "missing" : "failed");
}
