import { Command } from "commander";
import type { CommandDefinition } from "./command";

/** Creates a commander command. The help of all commands has the same layout. */
export function createCommand(definition: CommandDefinition): Command {
  const { name, summary, description, examples } = definition;
  const status =
    "exitCodes" in definition
      ? `\nExit status:\n${columns(Object.entries(definition.exitCodes.meanings))}`
      : "";
  return new Command(name)
    .summary(summary)
    .description(description ?? summary)
    .helpOption("-h, --help", "show this help")
    .enablePositionalOptions()
    .configureHelp({ helpWidth: 100 })
    .addHelpText("after", `\nExamples:\n${columns(examples)}${status}`.trimEnd());
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}\n`).join("");
}
