import { checkCompatibility } from "../compatibility/check";
import type { VersionQueries } from "../compatibility/queries";
import { type LintFinding, lintScripts, loadParser } from "../lint";
import { openScratch } from "../scratch/postgres";
import type { MigrationScript } from "../script/script";
import { ScriptError } from "../script/script-error";
import { traceScripts } from "../trace";
import type { AnalysisReport } from "./report";

/**
 * Combines the findings of lint, compatibility check and trace.
 *
 * @param onScript called before each script, in each of the three passes
 */
export async function analyzeScripts(
  scripts: readonly MigrationScript[],
  versions: readonly VersionQueries[],
  onScript?: (file: string) => void,
): Promise<AnalysisReport> {
  await loadParser();
  const open = () => openScratch(scripts);
  let linted: LintFinding[];
  try {
    linted = lintScripts(scripts, { onScript });
  } catch (error) {
    if (error instanceof ScriptError) return { breaks: [], findings: [], unusable: error.message };
    throw error;
  }
  const compatibility = await checkCompatibility(scripts, versions, open, onScript);
  const isWhole = compatibility.unusable === undefined && compatibility.unknown === undefined;
  let traced: readonly LintFinding[] = [];
  try {
    if (isWhole) traced = (await traceScripts(scripts, open, { onScript })).findings;
  } catch (error) {
    // The trace runs the scripts in another order than the compatibility check.
    if (error instanceof ScriptError) return { ...compatibility, findings: linted, unusable: error.message };
    throw error;
  }
  // Lint and trace can report the same undeclared lock; the lint's finding is used.
  const place = ({ file, line, rule }: LintFinding) => `${file}:${line}:${rule}`;
  const seen = new Set(linted.map(place));
  const findings = [...linted, ...traced.filter((finding) => !seen.has(place(finding)))];
  return { ...compatibility, findings };
}
