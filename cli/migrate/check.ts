import { existsSync } from "node:fs";
import type { QueryBreak } from "../../migrations/analysis";
import type { LintReport } from "../../migrations/lint";
import type { MigrationScript } from "../../migrations/script/script";
import { openApplication } from "../application";
import { defineCommand, formatJson } from "../command";
import { EXIT_CODES } from "../exit-codes";
import {
  addScriptOptions,
  readScriptOptions,
  readScripts,
  rejectUnusable,
  type ScriptOptions,
} from "./scripts";

export interface CheckReport extends LintReport {
  /** Queries that a script breaks although its `dead-from` does not announce this for their version. */
  readonly breaks: readonly QueryBreak[];
  /** The first script that cannot be applied to an empty database, with the error. */
  readonly unusable?: string;
  readonly unknown: readonly string[];
  /** True if a release with these scripts would be rejected. */
  readonly rejected: boolean;
}

export const check = defineCommand<ScriptOptions>({
  name: "check",
  summary: "analyze the scripts: lint, locks, and the queries of all versions; needs no database",
  examples: [["changeover migrate check", "find everything for which a release would be rejected"]],
  exitCodes: EXIT_CODES.migrate,
  configure: addScriptOptions,
  read: ({ options }) => readScriptOptions(options),
  run: async ({ directory, json }, { write }) => {
    const report = await checkScripts(readScripts(directory));
    await write(json ? formatJson(report) : checkText(report));
    return report.rejected ? EXIT_CODES.migrate.failed : EXIT_CODES.migrate.done;
  },
});

async function checkScripts(scripts: readonly MigrationScript[]): Promise<CheckReport> {
  const { analyze } = require("../../migrations/analysis") as typeof import("../../migrations/analysis");
  const { checkSyntax, lintReport, loadParser } =
    require("../../migrations/lint") as typeof import("../../migrations/lint");
  await loadParser();
  rejectUnusable(() => checkSyntax(scripts));
  const application = openApplication();
  const isOwn = belongsTo(scripts, application.migrationsDirectory);
  const {
    breaks: all,
    findings,
    unusable,
    unknown: notChecked = [],
  } = await analyze(scripts, isOwn ? application.versions : []);
  const unknown = [...notChecked, ...(isOwn ? [] : [OTHER_APPLICATION])];
  const breaks = all.filter((found) => !isAnnounced(found, scripts));
  const report = lintReport(scripts.length, findings);
  const errors = report.errors + (unusable === undefined ? 0 : 1);
  return { ...report, errors, breaks, unusable, unknown, rejected: errors > 0 || breaks.length > 0 };
}

const OTHER_APPLICATION =
  "The scripts are not those of this checkout's application, so no version's queries are checked.";

/** True if the folder has the application's own scripts or a copy of them: both begin with the same script. */
function belongsTo(scripts: readonly MigrationScript[], applicationDirectory: string): boolean {
  const [first] = existsSync(applicationDirectory) ? readScripts(applicationDirectory) : [];
  return scripts.length === 0 || (first !== undefined && first.sha256 === scripts[0]?.sha256);
}

/**
 * A contract script may break a version that its `dead-from` excludes: that version must be retired before the script
 * runs.
 */
function isAnnounced({ version, script }: QueryBreak, scripts: readonly MigrationScript[]): boolean {
  const { isIncompatible } =
    require("../../migrations/script/version") as typeof import("../../migrations/script/version");
  const deadFrom = scripts.find(({ file }) => file === script?.file)?.deadFrom;
  return isIncompatible(version, deadFrom);
}

function checkText({ breaks, unusable, unknown, rejected, ...report }: CheckReport): string {
  const { reportText } = require("../../migrations/lint") as typeof import("../../migrations/lint");
  const lines = [
    ...unknown,
    ...(unusable === undefined ? [] : [unusable]),
    ...breaks.map(({ version, query, script, problem }) => {
      return `${script?.file ?? "its own schema"} is incompatible with version ${version}: ${query}: ${problem}`;
    }),
  ];
  const outcome = rejected ? "A release with these scripts is rejected.\n" : "";
  return `${lines.map((line) => `${line}\n`).join("")}${reportText(report)}${outcome}`;
}
