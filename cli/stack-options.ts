import type { Command } from "commander";
import type { OutputsSource } from "../operate/stack-outputs";
import { PROGRAM_DIRECTORY } from "./application";
import type { OptionReader } from "./option-reader";

export interface StackOptions {
  readonly stack?: string;
  readonly program?: string;
  readonly outputs?: string;
}

export function addStackOptions(command: Command): Command {
  return command
    .option("--stack <name>", "stack (default: PULUMI_STACK, or the selected one)")
    .option("--program <folder>", "folder of Pulumi.yaml (default: this checkout)");
}

export function addOutputsOption(command: Command): Command {
  return command.option(
    "--outputs <file>",
    "result of `pulumi stack output --json`, instead of asking Pulumi's backend",
  );
}

export function readStackOptions(
  reader: OptionReader,
  { stack, program, outputs }: StackOptions,
  env: Readonly<Record<string, string | undefined>>,
): OutputsSource {
  const name = stack ?? (env.PULUMI_STACK || undefined);
  if (name !== undefined && !/^[\w.-]+(\/[\w.-]+){0,2}$/.test(name)) {
    reader.reject("--stack", "letters, digits, hyphens, underscores and dots", JSON.stringify(name));
  }
  return { stack: name, programDirectory: program ?? PROGRAM_DIRECTORY, file: outputs };
}
