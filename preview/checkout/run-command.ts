import { type ExecFileOptions, execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);
export const OUTPUT_LIMIT_BYTES = 1 << 26;
/** Seconds from SIGTERM to SIGKILL. */
const KILL_AFTER_SECONDS = 5;

export class CommandError extends Error {
  override readonly name = "CommandError";

  constructor(
    readonly command: string,
    readonly stderr: string,
    readonly outcome: "missing" | "timeout" | "failed",
  ) {
    super(stderr);
  }
}

/**
 * Runs a command. The command has always ended when the promise settles, even after an abort.
 *
 * @throws CommandError, or the signal's abort reason
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  {
    signal,
    timeoutSeconds,
    ...options
  }: ExecFileOptions & { readonly signal: AbortSignal; readonly timeoutSeconds: number },
): Promise<void> {
  signal.throwIfAborted();
  const running = execute(command, [...args], {
    ...options,
    maxBuffer: OUTPUT_LIMIT_BYTES,
    encoding: "utf8",
  });
  const timers: NodeJS.Timeout[] = [];
  let isTimedOut = false;
  const end = () => {
    running.child.kill();
    timers.push(setTimeout(() => running.child.kill("SIGKILL"), KILL_AFTER_SECONDS * 1000));
  };
  const timeOut = () => {
    isTimedOut = true;
    end();
  };
  timers.push(setTimeout(timeOut, timeoutSeconds * 1000));
  signal.addEventListener("abort", end, { once: true });
  try {
    await running;
  } catch (error) {
    signal.throwIfAborted();
    throw commandError(command, error, isTimedOut);
  } finally {
    signal.removeEventListener("abort", end);
    for (const timer of timers) clearTimeout(timer);
  }
}

export function commandError(command: string, error: unknown, isTimedOut = false): CommandError {
  const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: unknown };
  const text = String(stderr ?? "").trim() || String(message ?? error);
  return new CommandError(command, text, isTimedOut ? "timeout" : code === "ENOENT" ? "missing" : "failed");
}
