import type { CompatibilityReport, QueryBreak } from "../compatibility/query-break";
import type { LintFinding } from "../lint/finding";

export type { QueryBreak };

/** Impact of a folder of scripts, determined without access to the real database. */
export interface AnalysisReport extends CompatibilityReport {
  readonly findings: readonly LintFinding[];
}
