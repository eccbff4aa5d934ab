import { Command, type CommanderError } from "commander";
import type {
  CommandContext,
  CommandDefinition,
  CommandGroup,
  PreparedCommand,
  SingleCommand,
} from "./command";
import { EXIT_CODES, type ExitCodes } from "./exit-codes";
import { listOf, quote } from "./option-reader";
import { UsageError } from "./usage-error";

/** The words before the options, such as `changeover migrate expand`, and the definition that they lead to. */
export interface CommandPath {
  readonly path: string;
  readonly definition?: SingleCommand;
}

export interface ParsedCommand extends PreparedCommand, CommandPath {
  readonly definition: SingleCommand;
}

/** A rejected command line, with the command whose options are at fault. */
export class CommandLineError extends Error implements CommandPath {
  constructor(
    override readonly cause: UsageError,
    readonly path: string,
    readonly definition?: SingleCommand,
  ) {
    super(`${cause.message}${cause.message.includes("\n") ? "\n" : " "}Run ${path} --help.`);
  }
}

class HelpRequest {
  constructor(readonly text: string) {}
}

/**
 * Finds the command that the arguments name, and reads its options.
 * @returns the help's text if that is asked for.
 * @throws CommandLineError
 */
export function parseCommandLine(
  args: readonly string[],
  definitions: CommandGroup,
  env: CommandContext["env"],
): ParsedCommand | string {
  let parsed: ParsedCommand | undefined;
  const create = (definition: CommandDefinition, parent: string): Command => {
    const path = [parent, definition.name].filter(Boolean).join(" ");
    const single = "prepare" in definition ? definition : undefined;
    let help = "";
    const command = new Command(definition.name)
      .summary(definition.summary)
      .description(definition.description ?? definition.summary)
      .helpOption("-h, --help", "show this help")
      .enablePositionalOptions()
      .configureHelp({ helpWidth: 100 })
      .configureOutput({
        writeOut: (text) => {
          help += text;
        },
        writeErr: () => undefined,
      })
      .addHelpText("after", footer(definition));
    command.exitOverride((error) => {
      if (error.exitCode === 0) throw new HelpRequest(help);
      throw new CommandLineError(toUsageError(error, command), path, single);
    });
    if ("commands" in definition) {
      for (const child of definition.commands) command.addCommand(create(child, path));
      return command;
    }
    definition.configure?.(command);
    if (!command.options.some(({ long }) => long === "--json"))
      command.option("--json", "print the result, and an error, as JSON");
    const guard = (error: unknown): never => {
      throw error instanceof UsageError ? new CommandLineError(error, path, single) : error;
    };
    return command.action(() => {
      try {
        rejectOptionsAsValues(command, args);
        const prepared = definition.prepare({ options: command.opts(), args: command.processedArgs, env });
        // `run` may reject an option, too: a file that cannot be written, for example.
        const run = (context: CommandContext) => prepared.run(context).catch(guard);
        parsed = { ...prepared, run, path, definition };
      } catch (error) {
        guard(error);
      }
    });
  };
  const program = create(definitions, "");
  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    if (error instanceof HelpRequest) return error.text;
    throw error;
  }
  if (parsed === undefined) throw new Error("The command line has named no command.");
  return parsed;
}

/** Turns commander's messages (`error: unknown option '--qick'\n(Did you mean --quick?)`) into sentences. */
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

/** `--head --oops` is more likely a forgotten value than a value. The value is not shown, as it may be a secret. */
function rejectOptionsAsValues(command: Command, args: readonly string[]): void {
  const flags = command.options.flatMap(({ long, required }) => (required && long ? [long] : []));
  const wrong = args.find((arg, index) => flags.includes(arg) && args[index + 1]?.startsWith("-"));
  if (wrong === undefined) return;
  throw new UsageError(
    `${wrong} must be followed by a value. If it begins with a hyphen, write ${wrong}=VALUE.`,
  );
}

function footer(definition: CommandDefinition): string {
  const examples = columns(definition.examples);
  const exitCodes: ExitCodes = "exitCodes" in definition ? definition.exitCodes : EXIT_CODES.common;
  const meanings = columns(Object.entries(exitCodes.meanings));
  const status = "exitCodes" in definition ? `\nExit status:\n${meanings}` : "";
  return `\nExamples:\n${examples}${status}`.trimEnd();
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}\n`).join("");
}
