import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { QueryBreak } from "../../migrations/analysis/report";
import type { VersionQueries } from "../../migrations/compatibility/queries";
import type { LintFinding } from "../../migrations/lint/finding";
import type { MigrationScript } from "../../migrations/script/script";
import { ScriptError } from "../../migrations/script/script-error";

export interface ScriptProblem {
  /** Name of the file in the folder. */
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

/** The results of all checks of the scripts of one folder. */
export interface FolderReport {
  readonly scripts: readonly MigrationScript[];
  readonly invalid: readonly ScriptProblem[];
  readonly lint: readonly LintFinding[];
  readonly breaks: readonly QueryBreak[];
  /** Checks that could not be made, as sentences. */
  readonly unchecked: readonly string[];
}

const OWN_NAME = /^\d{4}_.*\.(expand|contract)\.sql$/;
const EMPTY: FolderReport = { scripts: [], invalid: [], lint: [], breaks: [], unchecked: [] };

/** True if the folder has scripts in the format of this project. */
export function hasOwnScripts(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((file) => OWN_NAME.test(file));
}

/**
 * Checks all scripts of a folder: lint, locks and the queries of the versions. If the order of the scripts is invalid,
 * each one that can be read is only linted.
 */
export async function checkFolder(
  folder: string,
  versions: readonly VersionQueries[],
): Promise<FolderReport> {
  if (!existsSync(folder)) return EMPTY;
  const { analyze } = require("../../migrations/analysis") as typeof import("../../migrations/analysis");
  const { loadScripts } =
    require("../../migrations/script/load-scripts") as typeof import("../../migrations/script/load-scripts");
  try {
    const scripts = loadScripts(folder);
    const { breaks, findings, unusable, unknown = [] } = await analyze(scripts, versions);
    const invalid = (unusable?.split("\n") ?? []).map(problemOf);
    return { scripts, invalid, lint: findings, breaks, unchecked: unknown };
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    return checkEach(folder, error);
  }
}

/** @param error the problems of all scripts, one a line */
async function checkEach(folder: string, error: ScriptError): Promise<FolderReport> {
  const { parseScript } =
    require("../../migrations/script/parse-script") as typeof import("../../migrations/script/parse-script");
  const files = readdirSync(folder).filter((name) => /\.sql$/i.test(name));
  const scripts = files
    .flatMap((file) => {
      try {
        return [parseScript(file, readFileSync(join(folder, file), "utf8"))];
      } catch (unreadable) {
        if (!(unreadable instanceof ScriptError)) throw unreadable;
        return [];
      }
    })
    .sort((a, b) => a.number - b.number || (a.phase === "expand" ? -1 : 1));
  const invalid = error.message.split("\n").map(problemOf);
  return { scripts, invalid, breaks: [], ...(await lintEach(scripts)) };
}

/** Lints the SQL files of another migration tool, in a folder with subfolders. */
export async function checkPlainFolder(folder: string): Promise<FolderReport> {
  const { loadPlainScripts } =
    require("../../migrations/plain/load-plain") as typeof import("../../migrations/plain/load-plain");
  const scripts = loadPlainScripts(folder);
  const { lint, unchecked } = await lintEach(scripts);
  return {
    ...{ scripts, invalid: [], breaks: [], lint },
    unchecked: [
      ...unchecked,
      "Only the lint knows the format of these scripts: no version's queries are checked.",
    ],
  };
}

async function lintEach(
  scripts: readonly MigrationScript[],
): Promise<Pick<FolderReport, "lint" | "unchecked">> {
  const { lintScripts, loadParser } =
    require("../../migrations/lint") as typeof import("../../migrations/lint");
  await loadParser();
  try {
    return { lint: lintScripts(scripts), unchecked: [] };
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    return { lint: [], unchecked: [`The scripts could not be linted: ${error.message}`] };
  }
}

/** Splits a message such as `0002_a.expand.sql:3: the file must …`. */
function problemOf(message: string): ScriptProblem {
  const match = /^(?:.*[/\\])?([^/\\:]+\.sql)(?::(\d+))?: ([\s\S]*)$/i.exec(message);
  if (match === null) return { file: "", message };
  const [, file = "", line, text = ""] = match;
  return { file, ...(line === undefined ? {} : { line: Number(line) }), message: text };
}
