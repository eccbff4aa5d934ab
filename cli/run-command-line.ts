import type { CommandContext } from "./command";
import { program } from "./commands";
import { EXIT_CODES, INTERRUPTED } from "./exit-codes";
import {
  CommandLineError,
  type CommandPath,
  type ParsedCommand,
  parseCommandLine,
} from "./parse-command-line";
import { InputError } from "./usage-error";

/**
 * Starts to observe stop signals (Ctrl-C) for a command that can stop cleanly. Returns the function that stops
 * observing.
 */
export type SignalObserver = () => () => void;

/**
 * Runs the command that the arguments name.
 *
 * Errors are logged to the standard error output, as one line of JSON if the arguments contain `--json`, so that the
 * standard output contains a complete result or nothing.
 *
 * @returns the exit status
 */
export async function runCommandLine(
  args: readonly string[],
  context: CommandContext,
  observeSignals: SignalObserver = () => () => undefined,
): Promise<number> {
  let parsed: ParsedCommand | string | undefined;
  let stopObserving = () => {};
  try {
    parsed = parseCommandLine(args, program, context.env);
    if (typeof parsed === "string") {
      await context.write(parsed);
      return EXIT_CODES.common.done;
    }
    if (parsed.definition.interruptedMessage !== undefined) stopObserving = observeSignals();
    return await parsed.run(context);
  } catch (error) {
    // Ctrl-C also ends child processes. Their failure can arrive before this process handles the signal.
    await new Promise(setImmediate);
    const found = typeof parsed === "object" ? parsed : undefined;
    const command: Partial<CommandPath> = error instanceof CommandLineError ? error : (found ?? {});
    const { code, message, status, ...details } = describe(error, command, context);
    context.log(isJsonWanted(args) ? JSON.stringify({ error: { code, message, ...details } }) : message);
    return status;
  } finally {
    stopObserving();
  }
}

/** Describes an error. The `code` of the JSON output is `usage`, `input`, `interrupted` or `failed`. */
function describe(
  error: unknown,
  { path, definition }: Partial<CommandPath>,
  { signal, env }: CommandContext,
) {
  const exitCodes = definition?.exitCodes ?? EXIT_CODES.common;
  if (error instanceof CommandLineError) {
    const { message, cause } = error;
    return { code: "usage", message, command: path, issues: cause.issues, status: exitCodes.usage };
  }
  if (signal.aborted) {
    const message = definition?.interruptedMessage ?? "Interrupted.";
    return { code: "interrupted", message, command: path, status: INTERRUPTED };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof InputError) return { code: "input", message, command: path, status: exitCodes.usage };
  const shown = env.DEBUG && stack ? stack : message;
  return { code: "failed", message: shown, command: path ?? "changeover", status: exitCodes.error };
}

function isJsonWanted(args: readonly string[]): boolean {
  return args.some(
    (arg, index) =>
      arg === "--json" ||
      arg.startsWith("--json=") ||
      arg === "--format=json" ||
      (arg === "json" && args[index - 1] === "--format"),
  );
}
