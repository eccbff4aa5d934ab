/**
 * Migrations by hand: `npm run migrate -- --help`.
 * Exit status: 0 done, 1 refused or failed, 2 the arguments or the scripts cannot be used.
 */

import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closeSession, openSession } from "../../migrations/runner/connection";
import { readLedger } from "../../migrations/runner/ledger";
import { type MigrationResult, runMigrations } from "../../migrations/runner/runner";
import { loadScripts } from "../../migrations/script/load-scripts";
import { scaffold } from "../../migrations/script/scaffold";
import type { MigrationScript } from "../../migrations/script/script";
import { ScriptError } from "../../migrations/script/script-error";
import { type Command, HELP, parseCommand, UsageError } from "./options";
import { statusOf, statusText } from "./status";

type Of<Name extends Command["command"]> = Extract<Command, { command: Name }>;

const asJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

function readScripts(directory: string): MigrationScript[] {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`--directory: ${directory} is no folder; allowed is that of the scripts.`);
  }
  return loadScripts(directory);
}

function createScripts({ directory, name, version, json }: Of<"new">): string {
  const last = existsSync(directory) ? readScripts(directory).at(-1)?.number : 0;
  const files = scaffold((last ?? 0) + 1, name, version);
  mkdirSync(directory, { recursive: true });
  const paths = files.map(({ file, text }) => {
    writeFileSync(join(directory, file), text, { flag: "wx" });
    return join(directory, file);
  });
  return json
    ? asJson(paths)
    : `${paths.join("\n")}\nWrite the change; delete the contract script if nothing is to go.\n`;
}

async function status({ connection, directory, json }: Of<"status">): Promise<string> {
  const scripts = readScripts(directory);
  const session = await openSession(connection, "changeover-migrate:status");
  try {
    const rows = statusOf(scripts, await readLedger(session));
    return json ? asJson(rows) : statusText(rows);
  } finally {
    await closeSession(session);
  }
}

function resultText(
  { applied, alreadyApplied, pending, durationMs }: MigrationResult,
  dryRun: boolean,
): string {
  const list = (ids: readonly string[]) => (ids.length > 0 ? ids.join(", ") : "none");
  const did = dryRun ? `Would run: ${list(pending)}` : `Applied: ${list(applied)}`;
  return `${did}\nApplied before: ${list(alreadyApplied)}\n${(durationMs / 1000).toFixed(1)} s\n`;
}

async function run({ connection, directory, request, dryRun, json }: Of<"run">): Promise<string> {
  const log = (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
    const line = json
      ? JSON.stringify({ time: new Date().toISOString(), message, ...fields })
      : [message, ...Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`)].join(
          " ",
        );
    process.stderr.write(`${line}\n`);
  };
  const result = await runMigrations({ connection, scripts: readScripts(directory), request, dryRun, log });
  return json ? asJson(result) : resultText(result, dryRun);
}

/** What there is to say, and whether that is a refusal. */
async function check({ directory, json }: Of<"check">): Promise<{ text: string; refused: boolean }> {
  const scripts = readScripts(directory);
  // A parser and a database, which the other commands do not need.
  const { checkScripts, checkText } = require("./check") as typeof import("./check");
  const found = await checkScripts(scripts);
  return { text: json ? asJson(found) : checkText(found), refused: found.refused };
}

async function main(): Promise<number> {
  const command = parseCommand(process.argv.slice(2), process.env);
  if (!command) {
    process.stdout.write(HELP);
    return 0;
  }
  if (command.command === "check") {
    const { text, refused } = await check(command);
    process.stdout.write(text);
    return refused ? 1 : 0;
  }
  process.stdout.write(
    command.command === "new"
      ? createScripts(command)
      : await (command.command === "status" ? status(command) : run(command)),
  );
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const isUsage =
      error instanceof UsageError || error instanceof RangeError || error instanceof ScriptError;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof UsageError) process.stderr.write("More: npm run migrate -- --help\n");
    process.exitCode = isUsage ? 2 : 1;
  },
);
