/**
 * Splits SQL text into statements, literals and comments.
 *
 * It does not use PostgreSQL's parser, which is not bundled into the runner's Lambda function.
 */

type TokenKind = "word" | "string" | "number" | "quoted-name" | "comment" | "semicolon" | "other";

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly offset: number;
}

export interface SqlStatement {
  /** Text without leading white space and comments, and without the semicolon. */
  readonly text: string;
  readonly line: number;
  /** Words of the statement in capitals, without quoted names, literals and comments. */
  readonly words: readonly string[];
}

// Patterns in the order in which they are tried. Dollar quotes and nested comments are not regular, so tokenAt()
// handles them.
const TOKEN_PATTERNS: readonly [TokenKind, RegExp][] = [
  ["comment", /--[^\n]*/y],
  ["string", /[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)/y],
  ["string", /(?:[uU]&|[bBxXnN])?'(?:[^']|'')*(?:'|$)/y],
  ["quoted-name", /(?:[uU]&)?"(?:[^"]|"")*(?:"|$)/y],
  ["word", /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ["number", /(?:\d[\w.]*|\.\d[\w]*)/y],
  ["other", /\$\d+/y],
  ["semicolon", /;/y],
  ["other", /\s+|[\s\S]/y],
];

function blockCommentEnd(sql: string, start: number): number {
  let depth = 0;
  for (let i = start; i < sql.length; i++) {
    if (sql.startsWith("/*", i)) {
      depth++;
      i++;
    } else if (sql.startsWith("*/", i)) {
      depth--;
      i++;
      if (depth === 0) return i + 1;
    }
  }
  return sql.length;
}

function tokenAt(sql: string, offset: number): Token {
  if (sql.startsWith("/*", offset)) {
    return { kind: "comment", text: sql.slice(offset, blockCommentEnd(sql, offset)), offset };
  }
  const tag = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
  tag.lastIndex = offset;
  const dollar = tag.exec(sql)?.[0];
  if (dollar !== undefined) {
    const end = sql.indexOf(dollar, offset + dollar.length);
    return { kind: "string", text: sql.slice(offset, end < 0 ? sql.length : end + dollar.length), offset };
  }
  for (const [kind, pattern] of TOKEN_PATTERNS) {
    pattern.lastIndex = offset;
    const text = pattern.exec(sql)?.[0];
    if (text) return { kind, text, offset };
  }
  throw new RangeError(`no token at ${offset}`); // Unreachable, because the last pattern matches any character.
}

function* tokens(sql: string): Generator<Token> {
  for (let offset = 0; offset < sql.length; ) {
    const token = tokenAt(sql, offset);
    yield token;
    offset += token.text.length;
  }
}

/** Nesting depth inside `BEGIN ATOMIC … END` of a function body, where a semicolon does not end the statement. */
function atomicDepth(words: readonly string[]): number {
  if (
    words[0] !== "CREATE" ||
    !words.slice(1, 4).some((word) => word === "FUNCTION" || word === "PROCEDURE")
  ) {
    return 0;
  }
  const start = words.findIndex((word, i) => word === "BEGIN" && words[i + 1] === "ATOMIC");
  if (start < 0) return 0;
  let depth = 0;
  for (const word of words.slice(start)) {
    if (word === "BEGIN" || word === "CASE") depth++;
    if (word === "END") depth--;
  }
  return depth;
}

export function splitStatements(sql: string): SqlStatement[] {
  const statements: SqlStatement[] = [];
  let words: string[] = [];
  let start: number | undefined;
  const finish = (end: number) => {
    if (start !== undefined) {
      const line = sql.slice(0, start).split("\n").length;
      statements.push({ text: sql.slice(start, end).trimEnd(), line, words });
    }
    words = [];
    start = undefined;
  };
  for (const { kind, text, offset } of tokens(sql)) {
    if (kind === "semicolon" && atomicDepth(words) <= 0) {
      finish(offset);
      continue;
    }
    if (kind === "comment" || text.trim() === "") continue;
    start ??= offset;
    if (kind === "word") words.push(text.toUpperCase());
  }
  finish(sql.length);
  return statements;
}

/**
 * Shortens a query to one line and replaces literals by `?`, because literals of other clients can be personal data.
 */
export function withoutLiterals(sql: string, maxLength = 200): string {
  const shown = [...tokens(sql)]
    .map(({ kind, text }) => (kind === "string" || kind === "number" ? "?" : kind === "comment" ? " " : text))
    .join("")
    .replace(/\s+/g, " ")
    .trim();
  return shown.length > maxLength ? `${shown.slice(0, maxLength)}…` : shown;
}
