/** All that can be said of scripts without the database that they are for. */

import { join } from "node:path";
import { knownVersions, loadApplication } from "../../contract";
import { analyze, type QueryBreak } from "../../migrations/analysis";
import { type LintReport, lintReport, reportText } from "../../migrations/lint";
import type { MigrationScript } from "../../migrations/script/script";
import { compareVersions } from "../../migrations/script/version";

const PROGRAM_DIRECTORY = join(__dirname, "..", "..");

export interface CheckReport extends LintReport {
  /** What scripts take from versions, beside what a contract script's `dead-from` announces. */
  readonly breaks: readonly QueryBreak[];
  /** The first script that does not apply to an empty database, and why. */
  readonly unusable?: string;
  readonly unknown: readonly string[];
  readonly refused: boolean;
}

/** The version has to be gone before the contract script runs. */
function isAnnounced({ version, script }: QueryBreak, scripts: readonly MigrationScript[]): boolean {
  const deadFrom = scripts.find(({ file }) => file === script?.file)?.deadFrom;
  return deadFrom !== undefined && compareVersions(version, deadFrom) < 0;
}

/** What a release would be refused for, and what the lint says of it. */
export async function checkScripts(scripts: readonly MigrationScript[]): Promise<CheckReport> {
  const versions = knownVersions(loadApplication(PROGRAM_DIRECTORY), PROGRAM_DIRECTORY);
  const { breaks: all, findings, unusable, unknown = [] } = await analyze(scripts, versions);
  const breaks = all.filter((found) => !isAnnounced(found, scripts));
  const report = lintReport(scripts.length, findings);
  const errors = report.errors + (unusable === undefined ? 0 : 1);
  const refused = errors > 0 || breaks.length > 0;
  return { ...report, errors, breaks, unusable, unknown, refused };
}

export function checkText({ breaks, unusable, unknown, refused, ...report }: CheckReport): string {
  const lines = breaks.map(({ version, query, script, problem }) => {
    return `${script?.file ?? "its own schema"} breaks ${version}: ${query}: ${problem}\n`;
  });
  const outcome = refused ? "A release would be refused.\n" : "";
  const cut = [...unknown, ...(unusable === undefined ? [] : [unusable])].map((sentence) => `${sentence}\n`);
  return `${cut.join("")}${lines.join("")}${reportText(report)}${outcome}`;
}
