import type { MigrationRequest } from "../../migrations/runner/plan";
import type { MigrationResult } from "../../migrations/runner/runner";
import { type CommandContext, defineCommand, formatJson, type ParsedArguments } from "../command";
import { EXIT_CODES } from "../exit-codes";
import { OptionReader } from "../option-reader";
import { InputError } from "../usage-error";
import { addDatabaseOption, type DatabaseOptions, readDatabaseOptions } from "./database-url";
import {
  addContractOptions,
  addExpandOptions,
  type RequestOptions,
  readContractRequest,
  readExpandRequest,
} from "./request";
import { addScriptOptions, isUnusable, readScripts } from "./scripts";

interface RunInput extends DatabaseOptions {
  readonly request: MigrationRequest;
  readonly dryRun: boolean;
}

type ReadRequest = (reader: OptionReader, options: RequestOptions) => MigrationRequest;

function readRun(parsed: ParsedArguments, readRequest: ReadRequest, dryRun: boolean): RunInput {
  const reader = new OptionReader();
  const request = readRequest(reader, parsed.options);
  return reader.result({ ...readDatabaseOptions(reader, parsed), request, dryRun });
}

export const expand = defineCommand<RunInput>({
  name: "expand",
  summary: "run the expand scripts that versions need; name all versions that colors run",
  examples: [
    ["changeover migrate expand --version 1.0.0 --version 1.1.0", "before 1.1.0 is deployed beside 1.0.0"],
  ],
  exitCodes: EXIT_CODES.migrate,
  configure: (command) => addScriptOptions(addDatabaseOption(addExpandOptions(command))),
  read: (parsed) => readRun(parsed, readExpandRequest, false),
  run: runRequest,
});

export const contract = defineCommand<RunInput>({
  name: "contract",
  summary: "run the contract scripts that remove what no serving or warm version needs",
  examples: [
    ["changeover migrate contract --through 0002_split_name --serving green=1.1.0", "after blue is retired"],
  ],
  exitCodes: EXIT_CODES.migrate,
  configure: (command) => addScriptOptions(addDatabaseOption(addContractOptions(command))),
  read: (parsed) => readRun(parsed, readContractRequest, false),
  run: runRequest,
});

export const dryRun = defineCommand<RunInput>({
  name: "dry-run",
  summary: "list the scripts that expand or contract would run",
  examples: [
    ["changeover migrate dry-run --version 1.1.0", "expand"],
    ["changeover migrate dry-run --through 0002_split_name --serving green=1.1.0", "contract"],
  ],
  exitCodes: EXIT_CODES.migrate,
  configure: (command) => addScriptOptions(addDatabaseOption(addContractOptions(addExpandOptions(command)))),
  read: (parsed) => readRun(parsed, readEitherRequest, true),
  run: runRequest,
});

function readEitherRequest(reader: OptionReader, options: RequestOptions): MigrationRequest {
  const { version, through, serving } = options;
  if (through === undefined && serving === undefined) return readExpandRequest(reader, options);
  if (version !== undefined) {
    reader.reject("--version", "omitted if --through or --serving is given", version.join(", "));
  }
  return readContractRequest(reader, options);
}

async function runRequest(input: RunInput, { write, log }: CommandContext): Promise<number> {
  const { connection, directory, request, dryRun, json } = input;
  const { runMigrations } =
    require("../../migrations/runner/runner") as typeof import("../../migrations/runner/runner");
  const scripts = readScripts(directory);
  const logProgress = (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
    const text = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    log(
      json
        ? JSON.stringify({ time: new Date().toISOString(), message, ...fields })
        : [message, ...text].join(" "),
    );
  };
  try {
    const result = await runMigrations({ connection, scripts, request, dryRun, log: logProgress });
    await write(json ? formatJson(result) : resultText(result, dryRun));
    return EXIT_CODES.migrate.done;
  } catch (error) {
    throw isUnusable(error) ? new InputError(error.message) : error;
  }
}

function resultText(
  { applied, alreadyApplied, pending, durationMs }: MigrationResult,
  dryRun: boolean,
): string {
  const list = (ids: readonly string[]) => (ids.length > 0 ? ids.join(", ") : "none");
  const first = dryRun ? `Would run: ${list(pending)}` : `Applied: ${list(applied)}`;
  return `${first}\nApplied before: ${list(alreadyApplied)}\n${(durationMs / 1000).toFixed(1)} s\n`;
}
