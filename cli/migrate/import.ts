import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { MigrationTool, PlainMigration } from "../../migrations/plain/migration-tool";
import type { Connection } from "../../migrations/runner/connection";
import type { MigrationScript } from "../../migrations/script/script";
import { defineCommand, formatJson } from "../command";
import { EXIT_CODES } from "../exit-codes";
import { OptionReader, quote } from "../option-reader";
import { InputError } from "../usage-error";
import { addDatabaseOption, readDatabaseUrl } from "./database-url";
import { readVersion } from "./request";
import { addScriptOptions, readScriptOptions, rejectUnusable, type ScriptOptions } from "./scripts";
import { stageFiles } from "./write-files";

const TOOLS: readonly MigrationTool[] = ["prisma", "flyway", "golang-migrate", "dbmate", "node-pg-migrate"];

interface ImportInput extends ScriptOptions {
  readonly from: string;
  readonly version: string;
  readonly tool: MigrationTool | undefined;
  readonly connection: Connection | undefined;
}

export interface ImportReport {
  readonly tool: MigrationTool;
  readonly files: readonly string[];
  /** Number of scripts that the ledger records as applied. Undefined without a database. */
  readonly applied?: number;
}

export const importMigrations = defineCommand<ImportInput>({
  name: "import",
  summary: "take the SQL migrations of another tool as applied history",
  description:
    "Writes the plain SQL migrations of Prisma, Flyway, golang-migrate, dbmate or node-pg-migrate as expand scripts, so " +
    "that the checks know the schema. With a database, the ledger gets what the tool's own table has as applied.",
  examples: [
    ["changeover migrate import prisma/migrations --version 1.0.0", "1.0.0 is the version that serves now"],
    [
      "changeover migrate import db/migrations --version 1.0.0 --database-url postgres://user@host/name",
      "and record in this database what it has; repeat it for each database",
    ],
  ],
  exitCodes: EXIT_CODES.migrate,
  configure: (command) =>
    addScriptOptions(
      addDatabaseOption(
        command
          .argument("<dir>", "folder of the other tool's migrations")
          .option("--version <version>", "the version that serves now (required)")
          .option("--tool <tool>", `${TOOLS.join(", ")} (default: recognized by the files)`),
      ),
    ),
  read: ({ args, options, env }) => {
    const reader = new OptionReader();
    const { version, tool, databaseUrl = env.DATABASE_URL } = options as Record<string, string | undefined>;
    return reader.result({
      ...readScriptOptions(options),
      from: String(args[0]),
      version: readVersion(reader, "--version", version),
      tool: tool === undefined ? undefined : reader.oneOf("--tool", tool, TOOLS),
      connection: databaseUrl
        ? reader.collect(() => readDatabaseUrl(databaseUrl, env.PGPASSWORD))
        : undefined,
    });
  },
  run: async (input, { write }) => {
    const report = await runImport(input);
    await write(input.json ? formatJson(report) : reportText(report, input.directory));
    return EXIT_CODES.migrate.done;
  },
});

async function runImport({
  from,
  directory,
  version,
  tool: named,
  connection,
}: ImportInput): Promise<ImportReport> {
  if (!statSync(from, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError(`The folder of the migrations must exist, got ${quote(from)}.`);
  }
  const { detectTool, readMigrations } =
    require("../../migrations/plain/migration-tool") as typeof import("../../migrations/plain/migration-tool");
  const { listFiles, plainScript, readSqlFiles } =
    require("../../migrations/plain/load-plain") as typeof import("../../migrations/plain/load-plain");
  const { folderProblems } =
    require("../../migrations/plain/other-files") as typeof import("../../migrations/plain/other-files");
  const { checkPlaceholders, importedFiles } =
    require("../../migrations/plain/imported-script") as typeof import("../../migrations/plain/imported-script");
  const { parseScript } =
    require("../../migrations/script/parse-script") as typeof import("../../migrations/script/parse-script");
  const texts = rejectUnusable(() => readSqlFiles(from));
  const tool = named ?? detectTool(texts);
  const migrations = tool ? readMigrations(texts, tool) : [];
  const files = tool ? importedFiles(migrations, tool, version) : [];
  if (!tool || files.length === 0) {
    throw new InputError(
      `The folder must have SQL migrations of ${TOOLS.join(", ")}, got ${quote(from)} with ${texts.size} other SQL files.`,
    );
  }
  const problems = folderProblems(listFiles(from), tool, migrations);
  if (problems.length > 0) throw new InputError(problems.join("\n"));
  const { checkSyntax, loadParser } =
    require("../../migrations/lint") as typeof import("../../migrations/lint");
  const { forEachScript } =
    require("../../migrations/script/script-error") as typeof import("../../migrations/script/script-error");
  await loadParser();
  const scripts = rejectUnusable(() => {
    checkPlaceholders(migrations, tool);
    checkSyntax(migrations.map(plainScript));
    return forEachScript(files, ({ file, text }) => parseScript(file, text));
  });
  rejectOthers(directory, files);
  const staged = stageFiles(directory, files);
  let applied: number | undefined;
  try {
    const imported = files.map(({ migration }) => migration);
    applied = connection && (await seed(connection, tool, imported, scripts));
    staged.publish();
  } finally {
    staged.discard();
  }
  return { tool, files: files.map(({ file }) => file), ...(applied !== undefined && { applied }) };
}

/** Rejects a folder with other scripts among the imported ones, which must begin the history. */
function rejectOthers(
  directory: string,
  files: readonly { readonly file: string; readonly text: string }[],
): void {
  const texts = new Map(files.map(({ file, text }) => [file, text]));
  const last = files.at(-1)?.file ?? "";
  if (existsSync(directory) && !statSync(directory).isDirectory())
    throw new InputError(`The folder of the scripts must be a folder, got ${quote(directory)}.`);
  const present = existsSync(directory) ? readdirSync(directory).filter((file) => file.endsWith(".sql")) : [];
  const other = present.find((file) => {
    const text = texts.get(file);
    return text === undefined
      ? file.slice(0, 4) <= last.slice(0, 4)
      : readFileSync(join(directory, file), "utf8") !== text;
  });
  if (other === undefined) return;
  throw new InputError(
    `The folder of the scripts must be empty, or have the same imported scripts, got ${join(directory, other)}. ` +
      "Import into another folder.",
  );
}

async function seed(
  connection: Connection,
  tool: MigrationTool,
  migrations: readonly PlainMigration[],
  scripts: readonly MigrationScript[],
): Promise<number> {
  const { closeSession, openSession } =
    require("../../migrations/runner/connection") as typeof import("../../migrations/runner/connection");
  const { seedLedger } =
    require("../../migrations/runner/seed-ledger") as typeof import("../../migrations/runner/seed-ledger");
  const { checkRepeatables, countApplied, TOOL_TABLES } =
    require("../../migrations/plain/applied-migrations") as typeof import("../../migrations/plain/applied-migrations");
  const { table, query, applied } = TOOL_TABLES[tool];
  const session = await openSession(connection, "changeover-migrate:import");
  try {
    const found = await session.query("SELECT to_regclass($1) AS found", [table]);
    if (!found.rows[0]?.found) {
      throw new InputError(
        `The database must have the table ${table} of ${tool}. Name the tool with --tool, or leave out --database-url.`,
      );
    }
    const { rows } = await session.query(query);
    const keys = migrations.map(({ key }) => key);
    const count = rejectUnusable(() => {
      checkRepeatables(rows, migrations);
      return countApplied(keys, applied(rows, keys));
    });
    await seedLedger(session, scripts.slice(0, count));
    return count;
  } finally {
    await closeSession(session);
  }
}

function reportText({ tool, files, applied }: ImportReport, directory: string): string {
  const state =
    applied === undefined
      ? "Run it again with --database-url for each database that has them."
      : `${applied} of ${files.length} are applied in this database, and recorded in its ledger.`;
  const count = files.length === 1 ? "1 migration" : `${files.length} migrations`;
  return `${count} of ${tool} in ${directory}\n${state}\nAdd the next change with changeover migrate new.\n`;
}
