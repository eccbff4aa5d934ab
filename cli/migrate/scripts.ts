import { statSync } from "node:fs";
import type { Command } from "commander";
import type { MigrationScript } from "../../migrations/script/script";
import { openApplication } from "../application";
import { InputError, UsageError } from "../usage-error";

export interface ScriptOptions {
  readonly directory: string;
  readonly json: boolean;
}

export function addScriptOptions(command: Command): Command {
  return command.option("--directory <dir>", "folder of the scripts (default: the application's)");
}

export function readScriptOptions(options: Readonly<Record<string, unknown>>): ScriptOptions {
  const { directory } = options as { directory?: string };
  return { directory: directory ?? openApplication().migrationsDirectory, json: options.json === true };
}

/** @throws UsageError or InputError */
export function readScripts(directory: string): MigrationScript[] {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw UsageError.of({
      key: "--directory",
      allowed: "a folder of scripts",
      got: JSON.stringify(directory),
    });
  }
  const { loadScripts } =
    require("../../migrations/script/load-scripts") as typeof import("../../migrations/script/load-scripts");
  return rejectUnusable(() => loadScripts(directory));
}

/**
 * Converts a ScriptError to an InputError, because an invalid script is an error of the input and not of the
 * migration.
 */
export function rejectUnusable<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw isUnusable(error) ? new InputError(error.message) : error;
  }
}

export function isUnusable(error: unknown): error is Error {
  const { ScriptError } =
    require("../../migrations/script/script-error") as typeof import("../../migrations/script/script-error");
  return error instanceof ScriptError || error instanceof RangeError;
}
