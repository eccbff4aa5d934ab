import { loadModule, type Node, parsePlPgSQLSync, parseSync, SqlError, scanSync } from "libpg-query";
import { ScriptError } from "../script/script-error";
import type { SqlStatement } from "../script/sql-text";

/** Loads the parser, which takes 20-60 ms once. It must be awaited before the first use. */
export async function loadParser(): Promise<void> {
  await loadModule();
}

function linesBefore(text: string, characters: number): number {
  return [...text].slice(0, characters).filter((character) => character === "\n").length;
}

/** @throws ScriptError with the line of a syntax error */
export function parseStatement(file: string, { text, line }: Pick<SqlStatement, "text" | "line">): Node[] {
  try {
    return (parseSync(text).stmts ?? []).flatMap(({ stmt }) => stmt ?? []);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const details = error instanceof SqlError ? error.sqlDetails : undefined;
    throw new ScriptError(
      file,
      line + (details ? linesBefore(text, details.cursorPosition) : 0),
      `PostgreSQL does not understand this statement: ${error.message}.`,
    );
  }
}

/** Parses SQL text. Undefined for a syntax error. */
export function tryParse(text: string): Node[] | undefined {
  try {
    return (parseSync(text).stmts ?? []).flatMap(({ stmt }) => stmt ?? []);
  } catch {
    return undefined;
  }
}

/** Several rules read the code of one statement, one after the other. */
const RECENT_CODE = 16;
const recentCode = new Map<string, unknown>();

/** Parses a DO block or the body of a PL/pgSQL function. Undefined for a syntax error. */
export function tryParsePlPgSql(statement: string): unknown {
  if (recentCode.has(statement)) return recentCode.get(statement);
  const tree = parsePlPgSql(statement);
  for (const oldest of recentCode.keys()) {
    if (recentCode.size < RECENT_CODE) break;
    recentCode.delete(oldest);
  }
  recentCode.set(statement, tree);
  return tree;
}

function parsePlPgSql(statement: string): unknown {
  try {
    return parsePlPgSQLSync(statement);
  } catch {
    return undefined;
  }
}

export interface SqlComment {
  readonly text: string;
  /** Line in the file, from 1. */
  readonly line: number;
}

/** `--` comments that have a line to themselves. Text in literals and function bodies is not a comment. */
export function lineComments(sql: string): SqlComment[] {
  const bytes = Buffer.from(sql);
  const newLine = 10;
  let line = 1;
  let lineStart = 0;
  return scanSync(sql).tokens.flatMap(({ tokenName, text, start }) => {
    for (
      let end = bytes.indexOf(newLine, lineStart);
      end >= 0 && end < start;
      end = bytes.indexOf(newLine, lineStart)
    ) {
      line++;
      lineStart = end + 1;
    }
    const alone = bytes.subarray(lineStart, start).toString().trim() === "";
    return tokenName === "SQL_COMMENT" && alone ? { text: text.slice(2).trim(), line } : [];
  });
}
