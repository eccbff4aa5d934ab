/** What the lint says of a statement. */

import type { Severity } from "./rule";

export interface LintFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** On one line, cut to 120 characters. */
  readonly statement: string;
  /** What clients would feel. */
  readonly impact: string;
  /** The way that they would not feel, as SQL and steps. */
  readonly remediation: string;
  /** Somebody wrote down why it may stay. */
  readonly suppressed?: { readonly reason: string };
}

export function shorten(statement: string): string {
  const line = statement.replace(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
