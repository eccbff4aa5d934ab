import type { Command } from "commander";
import type { ExitCodes } from "./exit-codes";

/** Everything that a command may use of the process. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborts at Ctrl-C; only for commands with an `interruptedMessage`. */
  readonly signal: AbortSignal;
  /** Writes to the standard output. Resolves when all of it is written. */
  write(text: string): Promise<void>;
  /** Writes a line to the standard error output. */
  log(message: string): void;
}

export interface ParsedArguments {
  readonly options: Readonly<Record<string, unknown>>;
  readonly args: readonly (string | readonly string[] | undefined)[];
  readonly env: CommandContext["env"];
}

interface CommandText {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly description?: string;
  /** Command lines, each with its purpose. */
  readonly examples: readonly (readonly [commandLine: string, purpose: string])[];
}

/** One command, as its file in cli/ defines it. It loads what it needs in `run`, so that `--help` is fast. */
export interface CommandSpec<Input> extends CommandText {
  readonly exitCodes: ExitCodes;
  /** Declares arguments and options; `--json` and `--help` are added to them. */
  configure?(command: Command): void;
  /** @throws UsageError with everything that is rejected. */
  read(parsed: ParsedArguments): Input;
  /** Resolves to the exit status. */
  run(input: Input, context: CommandContext): Promise<number>;
  /** The command observes `context.signal`, and logs this when it was interrupted. */
  readonly interruptedMessage?: string;
}

/** A command that is ready to run. */
export interface PreparedCommand {
  readonly input: unknown;
  run(context: CommandContext): Promise<number>;
}

export interface SingleCommand extends Omit<CommandSpec<unknown>, "read" | "run"> {
  prepare(parsed: ParsedArguments): PreparedCommand;
}

/** A command that only holds other commands. */
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
