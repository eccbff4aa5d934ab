import { statSync } from "node:fs";
import { openApplication } from "./application";
import { defineCommand, formatJson } from "./command";
import { EXIT_CODES } from "./exit-codes";
import { OptionReader } from "./option-reader";
import { InputError } from "./usage-error";

interface LintInput {
  readonly directory: string;
  readonly from: number;
  readonly json: boolean;
}

export const lint = defineCommand<LintInput>({
  name: "lint",
  summary: "lint migration scripts",
  description:
    "Lints migration scripts for locks and changes that would harm a running version. See docs/lint-rules.md.",
  examples: [
    ["changeover lint", "the scripts of the application"],
    ["changeover lint db/migrations --from 12", "report only scripts from number 12 on"],
  ],
  exitCodes: EXIT_CODES.lint,
  configure: (command) =>
    command
      .argument("[dir]", "folder of the scripts (default: the application's)")
      .option("--from <number>", "report only scripts from this number on; all scripts are read", "1"),
  read: ({ args, options }) => {
    const { from, json = false } = options as { from: string; json?: boolean };
    const reader = new OptionReader();
    const number = reader.wholeNumber("--from", from, { min: 1, max: 9999 });
    return reader.result({
      directory: args[0] === undefined ? openApplication().migrationsDirectory : String(args[0]),
      from: number,
      json,
    });
  },
  run: async ({ directory, from, json }, { write }) => {
    if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
      throw new InputError(`The folder of the scripts must exist, got ${JSON.stringify(directory)}.`);
    }
    const { lintReport, lintScripts, loadParser, reportText } =
      require("../migrations/lint") as typeof import("../migrations/lint");
    const { loadScripts } =
      require("../migrations/script/load-scripts") as typeof import("../migrations/script/load-scripts");
    const scripts = loadScripts(directory);
    await loadParser();
    const report = lintReport(scripts.length, lintScripts(scripts, { from }));
    await write(json ? formatJson(report) : reportText(report));
    return report.errors > 0 ? EXIT_CODES.lint.failed : EXIT_CODES.lint.passed;
  },
});
