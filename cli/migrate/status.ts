import type { LedgerRow } from "../../migrations/runner/ledger";
import { type MigrationScript, scriptName } from "../../migrations/script/script";
import { defineCommand, formatJson } from "../command";
import { EXIT_CODES } from "../exit-codes";
import { OptionReader } from "../option-reader";
import { addDatabaseOption, type DatabaseOptions, readDatabaseOptions } from "./database-url";
import { addScriptOptions, readScripts } from "./scripts";

export interface ScriptStatus {
  /** File name without `.sql`, such as `0002_split_name.expand`. */
  readonly script: string;
  readonly version: string;
  readonly state: "applied" | "begun" | "not applied" | "edited after it was applied" | "not in this folder";
}

export const status = defineCommand<DatabaseOptions>({
  name: "status",
  summary: "list the scripts that a database has",
  examples: [
    ["changeover migrate status --database-url postgres://user@host/name", "password from PGPASSWORD"],
  ],
  exitCodes: EXIT_CODES.migrate,
  configure: (command) => addScriptOptions(addDatabaseOption(command)),
  read: (parsed) => {
    const reader = new OptionReader();
    return reader.result(readDatabaseOptions(reader, parsed));
  },
  run: async ({ connection, directory, json }, { write }) => {
    const { closeSession, openSession } =
      require("../../migrations/runner/connection") as typeof import("../../migrations/runner/connection");
    const { readLedger } =
      require("../../migrations/runner/ledger") as typeof import("../../migrations/runner/ledger");
    const scripts = readScripts(directory);
    const session = await openSession(connection, "changeover-migrate:status");
    try {
      const rows = statusOf(scripts, await readLedger(session));
      await write(json ? formatJson(rows) : statusText(rows));
    } finally {
      await closeSession(session);
    }
    return EXIT_CODES.migrate.done;
  },
});

function stateOf(script: MigrationScript, row: LedgerRow | undefined): ScriptStatus["state"] {
  if (!row) return "not applied";
  if (!row.applied) return "begun";
  return row.sha256 === script.sha256 ? "applied" : "edited after it was applied";
}

/** Lists the scripts in the folder's order, followed by scripts that only the ledger contains. */
export function statusOf(scripts: readonly MigrationScript[], ledger: readonly LedgerRow[]): ScriptStatus[] {
  const names = scripts.map(scriptName);
  const known = scripts.map((script): ScriptStatus => {
    const row = ledger.find((candidate) => scriptName(candidate) === scriptName(script));
    const version = script.neededBy ?? script.deadFrom ?? "";
    return { script: scriptName(script), version, state: stateOf(script, row) };
  });
  const others = ledger
    .filter((row) => !names.includes(scriptName(row)))
    .map((row): ScriptStatus => {
      return { script: scriptName(row), version: row.version, state: "not in this folder" };
    });
  return [...known, ...others];
}

export function statusText(rows: readonly ScriptStatus[]): string {
  if (rows.length === 0) return "There are no scripts.\n";
  const width = (column: "script" | "version") => Math.max(...rows.map((row) => row[column].length));
  const [first, second] = [width("script"), width("version")];
  return rows
    .map(({ script, version, state }) => `${script.padEnd(first)}  ${version.padEnd(second)}  ${state}\n`)
    .join("");
}
