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

const SHOWN_CHARACTERS = 120;
/** Enough for the shown part with its white space, and little of a statement with megabytes of data. */
const READ_CHARACTERS = 2_000;

export function shorten(statement: string): string {
  const isCut = statement.length > READ_CHARACTERS;
  const line = (isCut ? statement.slice(0, READ_CHARACTERS) : statement).replace(/\s+/g, " ").trim();
  return isCut || line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS - 1)}…` : line;
}
