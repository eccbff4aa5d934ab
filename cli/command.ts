import type { Command } from "commander";
import type { ExitCodes } from "./exit-codes";

/** The parts of the process that a command may use. Tests replace them. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts at Ctrl-C. Only commands with an `interruptedMessage` may rely on it. */
  readonly signal: AbortSignal;
  /** Writes to the standard output. Resolves when all of the text is written. */
  write(text: string): Promise<void>;
  /** Writes a line to the standard error output. */
  log(message: string): void;
  readonly ask?: (question: string) => Promise<boolean>;
}

export interface ParsedArguments {
  readonly options: Readonly<Record<string, unknown>>;
  readonly args: readonly (string | readonly string[] | undefined)[];
  readonly env: CommandContext["env"];
}

interface CommandText {
  readonly name: string;
  /** One line for the list of commands in `--help`. */
  readonly summary: string;
  readonly description?: string;
  /** Example command lines, each with a description. */
  readonly examples: readonly (readonly [commandLine: string, purpose: string])[];
}

/**
 * A command, as defined by its file in cli/. Modules that only `run` needs are loaded there, so that `--help` is
 * fast.
 */
export interface CommandSpec<Input> extends CommandText {
  readonly exitCodes: ExitCodes;
  /** Declares arguments and options. `--json` and `--help` are added to all commands. */
  configure?(command: Command): void;
  /** Validates the arguments and options. @throws UsageError with all rejected values */
  read(parsed: ParsedArguments): Input;
  /** Runs the command and resolves to the exit status. */
  run(input: Input, context: CommandContext): Promise<number>;
  /** Logged when the command was interrupted. A command with this message must stop when `context.signal` aborts. */
  readonly interruptedMessage?: string;
}

/** A command with its validated input. */
export interface PreparedCommand {
  readonly input: unknown;
  run(context: CommandContext): Promise<number>;
}

export interface SingleCommand extends Omit<CommandSpec<unknown>, "read" | "run"> {
  prepare(parsed: ParsedArguments): PreparedCommand;
}

/** A command that only contains other commands, such as `changeover migrate`. */
export interface CommandGroup extends CommandText {
  readonly commands: readonly CommandDefinition[];
}

export type CommandDefinition = SingleCommand | CommandGroup;

export function defineCommand<Input>(spec: CommandSpec<Input>): SingleCommand {
  const { read, run, ...rest } = spec;
  return {
    ...rest,
    prepare: (parsed) => {
      const input = read(parsed);
      return { input, run: (context) => run(input, context) };
    },
  };
}

export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
