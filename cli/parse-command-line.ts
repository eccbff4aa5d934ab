import type { Command, CommanderError } from "commander";
import type {
  CommandContext,
  CommandDefinition,
  CommandGroup,
  PreparedCommand,
  SingleCommand,
} from "./command";
import { createCommand } from "./create-command";
import { listOf, quote } from "./option-reader";
import { UsageError } from "./usage-error";

export interface CommandPath {
  /** The full name of the command, such as `changeover migrate expand`. */
  readonly path: string;
  readonly definition?: SingleCommand;
}

export interface ParsedCommand extends PreparedCommand, CommandPath {
  readonly definition: SingleCommand;
}

/** A rejected command line. `path` is the command that rejected it. */
export class CommandLineError extends Error implements CommandPath {
  constructor(
    override readonly cause: UsageError,
    readonly path: string,
    readonly definition?: SingleCommand,
  ) {
    super(`${cause.message}${cause.message.includes("\n") ? "\n" : " "}Run ${path} --help.`);
  }
}

/** Thrown by the help option in place of commander's own handler, which would end the process. */
class HelpRequest {
  constructor(readonly text: string) {}
}

/**
 * Finds the command that the arguments name, and validates its options.
 *
 * @returns the command, or the help text if `--help` was given
 * @throws CommandLineError
 */
export function parseCommandLine(
  args: readonly string[],
  definitions: CommandGroup,
  env: CommandContext["env"],
): ParsedCommand | string {
  return new CommandLineParser(args, env).parse(definitions);
}

class CommandLineParser {
  private parsed: ParsedCommand | undefined;

  constructor(
    private readonly args: readonly string[],
    private readonly env: CommandContext["env"],
  ) {}

  parse(definitions: CommandGroup): ParsedCommand | string {
    try {
      this.build(definitions, definitions.name).parse(this.args, { from: "user" });
    } catch (error) {
      if (error instanceof HelpRequest) return error.text;
      throw error;
    }
    if (this.parsed === undefined) throw new Error("The command line has named no command.");
    return this.parsed;
  }

  private build(definition: CommandDefinition, path: string): Command {
    const command = createCommand(definition);
    let help = "";
    command.configureOutput({
      writeOut: (text) => {
        help += text;
      },
      writeErr: () => undefined,
    });
    const single = "prepare" in definition ? definition : undefined;
    command.exitOverride((error) => {
      if (error.exitCode === 0) throw new HelpRequest(help);
      throw new CommandLineError(toUsageError(error, command), path, single);
    });
    if (single !== undefined) return this.addOptionsAndAction(command, single, path);
    const { commands } = definition as CommandGroup;
    for (const child of commands) command.addCommand(this.build(child, `${path} ${child.name}`));
    return command;
  }

  private addOptionsAndAction(command: Command, definition: SingleCommand, path: string): Command {
    const addPath = (error: unknown): never => {
      throw error instanceof UsageError ? new CommandLineError(error, path, definition) : error;
    };
    definition.configure?.(command);
    if (!command.options.some(({ long }) => long === "--json"))
      command.option("--json", "print the result, and an error, as JSON");
    return command.action(() => {
      try {
        rejectOptionsAsValues(command, this.args);
        const input = { options: command.opts(), args: command.processedArgs, env: this.env };
        const prepared = definition.prepare(input);
        // `run` can reject an option too, for example a file that is not writable.
        const run = (context: CommandContext) => prepared.run(context).catch(addPath);
        this.parsed = { ...prepared, run, path, definition };
      } catch (error) {
        addPath(error);
      }
    });
  }
}

/**
 * Converts commander's messages, such as `error: unknown option '--qick'\n(Did you mean --quick?)`, into sentences.
 */
function toUsageError({ code, message }: CommanderError, command: Command): UsageError {
  if (code === "commander.help") {
    const names = command.commands.map((child) => child.name());
    return UsageError.of({ key: "command", allowed: listOf(names), got: quote(undefined) });
  }
  if (code === "commander.excessArguments") {
    const count = command.registeredArguments.length;
    const got = `${command.args.length} (${command.args.map((arg) => quote(arg)).join(", ")})`;
    return UsageError.of({ key: "number of arguments", allowed: `at most ${count}`, got });
  }
  const [problem = "", suggestion] = message.replace(/^error: /, "").split(/\n\((?=Did)/);
  const sentence = `${problem.charAt(0).toUpperCase()}${problem.slice(1).replace(/\.$/, "")}.`;
  return new UsageError(suggestion ? `${sentence} ${suggestion.replace(/\)$/, "")}` : sentence);
}

/**
 * Rejects an option as the value of another option: in `--head --oops` the value of `--head` was probably forgotten.
 * The value is not shown, because it may be a secret.
 */
function rejectOptionsAsValues(command: Command, args: readonly string[]): void {
  const flags = command.options.flatMap(({ long, required }) => (required && long ? [long] : []));
  const wrong = args.find((arg, index) => flags.includes(arg) && args[index + 1]?.startsWith("-"));
  if (wrong === undefined) return;
  throw new UsageError(
    `${wrong} must be followed by a value. If it begins with a hyphen, write ${wrong}=VALUE.`,
  );
}
