import type { Severity } from "./rule";

export interface LintFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly file: string;
  /** Line in the file, from 1. */
  readonly line: number;
  readonly statement: string;
  readonly impact: string;
  /** SQL and steps that make the same change without the impact. */
  readonly remediation: string;
  readonly suppressed?: { readonly reason: string };
}

export function shorten(statement: string): string {
  const line = statement.replace(/\s+/g, " ").trim();
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
