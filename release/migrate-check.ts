/** All that can be said of scripts without the database that they are for. */

import { compareVersions, type MigrationScript } from "../lambda/migrate/script";
import { compatibility } from "../schema/compatibility";
import type { QueryBreak } from "../schema/compatibility/verdict";
import { type LintReport, lintReport, lintScripts, loadParser, reportText } from "../schema/lint";
import { openScratch } from "../schema/scratch/postgres";
import { traceScripts } from "../schema/trace";

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

/** The text, the behavior on a scratch database, and the queries of the sample system's versions. */
export async function checkScripts(scripts: readonly MigrationScript[]): Promise<CheckReport> {
  await loadParser();
  const linted = lintScripts(scripts);
  const { breaks: all, unusable, unknown = [] } = await compatibility(scripts);
  const breaks = all.filter((found) => !isAnnounced(found, scripts));
  const traced =
    unusable === undefined && unknown.length === 0
      ? (await traceScripts(scripts, () => openScratch(scripts))).findings
      : [];
  // Both layers know an undeclared lock when they see one.
  const seen = new Set(linted.map(({ file, line, rule }) => `${file}:${line}:${rule}`));
  const findings = [
    ...linted,
    ...traced.filter(({ file, line, rule }) => !seen.has(`${file}:${line}:${rule}`)),
  ];
  const report = lintReport(scripts.length, findings);
  const refused = report.errors > 0 || unusable !== undefined || breaks.length > 0;
  return { ...report, breaks, unusable, unknown, refused };
}

export function checkText({ breaks, unusable, unknown, refused, ...report }: CheckReport): string {
  const lines = breaks.map(({ version, query, script, problem }) => {
    return `${script?.file ?? "its own schema"} breaks ${version}: ${query}: ${problem}\n`;
  });
  const outcome = refused ? "A release would be refused.\n" : "";
  const cut = [...unknown, ...(unusable === undefined ? [] : [unusable])].map((sentence) => `${sentence}\n`);
  return `${cut.join("")}${lines.join("")}${reportText(report)}${outcome}`;
}
