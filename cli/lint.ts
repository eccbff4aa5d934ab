import { readdirSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { LintReport, ReportFormat } from "../migrations/lint";
import type { MigrationScript } from "../migrations/script/script";
import { openApplication } from "./application";
import { defineCommand, formatJson } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { rejectUnusable } from "./migrate/scripts";
import { OptionReader } from "./option-reader";
import { InputError } from "./usage-error";

interface LintInput {
  readonly directory: string;
  readonly from: number;
  readonly format: ReportFormat;
}

const FORMATS: readonly ReportFormat[] = ["text", "json", "sarif", "github"];

const SCRIPT_NAME = /^\d{4}_.*\.(?:expand|contract)\.sql$/;

/** Scripts of this project's format, or any other SQL files, such as those of another migration tool. */
function loadAny(directory: string): MigrationScript[] {
  if (readdirSync(directory).some((file) => SCRIPT_NAME.test(file))) {
    const { loadScripts } =
      require("../migrations/script/load-scripts") as typeof import("../migrations/script/load-scripts");
    return loadScripts(directory);
  }
  const { loadPlainScripts } =
    require("../migrations/plain/load-plain") as typeof import("../migrations/plain/load-plain");
  return loadPlainScripts(directory);
}

function formatReport(report: LintReport, format: ReportFormat, directory: string): string {
  const { githubReport, reportText, sarifReport } =
    require("../migrations/lint") as typeof import("../migrations/lint");
  const uriOf = (file: string) => relative("", join(directory, file)).split(sep).join("/");
  if (format === "json") return formatJson(report);
  if (format === "sarif") return formatJson(sarifReport(report, uriOf));
  return format === "github" ? githubReport(report, uriOf) : reportText(report);
}

function readFormat(reader: OptionReader, given: string | undefined, json: boolean): ReportFormat {
  return reader.oneOf("--format", given ?? (json ? "json" : "text"), FORMATS) ?? "text";
}

export const lint = defineCommand<LintInput>({
  name: "lint",
  summary: "lint migration scripts",
  description:
    "Lints migration scripts, or the SQL files of another tool, for locks and changes that would harm a running version. " +
    "See docs/lint-rules.md.",
  examples: [
    ["changeover lint", "the scripts of the application"],
    ["changeover lint db/migrations --from 12", "report only scripts from number 12 on"],
    [
      "changeover lint prisma/migrations --format github",
      "SQL of another tool, as annotations of a pull request",
    ],
  ],
  exitCodes: EXIT_CODES.lint,
  configure: (command) =>
    command
      .argument("[dir]", "folder of the scripts (default: the application's)")
      .option("--from <number>", "report only scripts from this number on; all scripts are read", "1")
      .option("--format <format>", `${FORMATS.join(", ")} (default: text, or json with --json)`),
  read: ({ args, options }) => {
    const { from, json, format } = options as { from: string; json?: boolean; format?: string };
    const reader = new OptionReader();
    const number = reader.wholeNumber("--from", from, { min: 1, max: 9999 });
    return reader.result({
      directory: args[0] === undefined ? openApplication().migrationsDirectory : String(args[0]),
      from: number,
      format: readFormat(reader, format, json === true),
    });
  },
  run: async ({ directory, from, format }, { write }) => {
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
      throw new InputError(`The folder of the scripts must exist, got ${JSON.stringify(directory)}.`);
    }
    const { lintReport, lintScripts, loadParser } =
      require("../migrations/lint") as typeof import("../migrations/lint");
    await loadParser();
    const scripts = rejectUnusable(() => loadAny(directory));
    const report = lintReport(
      scripts.length,
      rejectUnusable(() => lintScripts(scripts, { from })),
    );
    await write(formatReport(report, format, directory));
    return report.errors > 0 ? EXIT_CODES.lint.failed : EXIT_CODES.lint.passed;
  },
});
