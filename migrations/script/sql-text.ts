/**
 * Splits SQL text into statements, literals and comments, where PostgreSQL and psql do.
 *
 * It does not use PostgreSQL's parser, which is not bundled into the runner's Lambda function. Each character is read
 * once, and no regular expression repeats an alternative, so that scripts of many megabytes can be read.
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
  /** Start of `text` in the script. */
  readonly offset: number;
  /** Words of the statement in capitals, without quoted names, literals and comments. */
  readonly words: readonly string[];
  /** The first command of psql in the statement, such as `\copy`. */
  readonly psqlCommand?: { readonly text: string; readonly line: number };
}

const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const PSQL_COMMAND = /\\\S*/y;
const NUMBER = /(?:\d[\w.]*|\.\d\w*)/y;

function matchAt(pattern: RegExp, sql: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(sql)?.[0];
}

const isSpace = (code: number) => code === 32 || (code >= 9 && code <= 13);
const isDigit = (code: number) => code >= 48 && code <= 57;
/** Letters, `_` and all characters outside ASCII, as in PostgreSQL. */
const startsWord = (code: number) =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code >= 128;
const continuesWord = (code: number) => startsWord(code) || isDigit(code) || code === 36;

function endOf(sql: string, start: number, belongs: (code: number) => boolean): number {
  let end = start;
  while (end < sql.length && belongs(sql.charCodeAt(end))) end++;
  return end;
}

const isInLine = (code: number) => code !== 10 && code !== 13;
const lineCommentEnd = (sql: string, start: number) => endOf(sql, start, isInLine);

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

/** Offset after the closing quote. A doubled quote does not close, and in E'…' a backslash takes the next character. */
function quotedEnd(sql: string, afterOpening: number, quote: string, hasEscapes: boolean): number {
  for (let i = afterOpening; i < sql.length; i++) {
    if (!hasEscapes) {
      i = sql.indexOf(quote, i);
      if (i < 0) return sql.length;
    }
    if (hasEscapes && sql[i] === "\\") i++;
    else if (sql[i] === quote) {
      if (sql[i + 1] !== quote) return i + 1;
      i++;
    }
  }
  return sql.length;
}

/**
 * Offset after the quote that continues a literal on another line, with the same escapes. Undefined if the literal
 * ends. Between the parts are white space with a line break, and `--` comments.
 */
function continuation(sql: string, end: number): number | undefined {
  let hasBreak = false;
  for (let i = end; i < sql.length; i++) {
    if (sql.startsWith("--", i)) i = lineCommentEnd(sql, i) - 1;
    else if (sql[i] === "'") return hasBreak ? i + 1 : undefined;
    else if (sql[i] === "\n" || sql[i] === "\r") hasBreak = true;
    else if (!isSpace(sql.charCodeAt(i))) return undefined;
  }
  return undefined;
}

/** @param quote offset of the opening quote */
function literalEnd(sql: string, quote: number, hasEscapes: boolean): number {
  let end = quote;
  for (let from: number | undefined = quote + 1; from !== undefined; ) {
    end = quotedEnd(sql, from, "'", hasEscapes);
    from = continuation(sql, end);
  }
  return end;
}

type TokenEnd = readonly [kind: TokenKind, end: number];

/** Words, and literals and names with a prefix, such as E'…' and U&"…". */
function wordEnd(sql: string, offset: number): TokenEnd {
  const next = sql[offset + 1];
  const first = sql[offset]?.toLowerCase() ?? "";
  if (next === "'" && "ebxn".includes(first)) {
    return ["string", literalEnd(sql, offset + 1, first === "e")];
  }
  if (first === "u" && next === "&" && sql[offset + 2] === "'") {
    return ["string", literalEnd(sql, offset + 2, false)];
  }
  if (first === "u" && next === "&" && sql[offset + 2] === '"') {
    return ["quoted-name", quotedEnd(sql, offset + 3, '"', false)];
  }
  return ["word", endOf(sql, offset, continuesWord)];
}

function dollarEnd(sql: string, offset: number): TokenEnd {
  const tag = matchAt(DOLLAR_TAG, sql, offset);
  if (tag === undefined) return ["other", endOf(sql, offset + 1, isDigit)];
  const end = sql.indexOf(tag, offset + tag.length);
  return ["string", end < 0 ? sql.length : end + tag.length];
}

function tokenEnd(sql: string, offset: number): TokenEnd {
  const code = sql.charCodeAt(offset);
  if (startsWord(code)) return wordEnd(sql, offset);
  if (isSpace(code)) return ["other", endOf(sql, offset, isSpace)];
  switch (sql[offset]) {
    case ";":
      return ["semicolon", offset + 1];
    case "'":
      return ["string", literalEnd(sql, offset, false)];
    case '"':
      return ["quoted-name", quotedEnd(sql, offset + 1, '"', false)];
    case "$":
      return dollarEnd(sql, offset);
    case "-":
      return sql[offset + 1] === "-" ? ["comment", lineCommentEnd(sql, offset)] : ["other", offset + 1];
    case "/":
      return sql[offset + 1] === "*" ? ["comment", blockCommentEnd(sql, offset)] : ["other", offset + 1];
  }
  const number = code === 46 || isDigit(code) ? matchAt(NUMBER, sql, offset) : undefined;
  return number === undefined ? ["other", offset + 1] : ["number", offset + number.length];
}

function* tokens(sql: string): Generator<Token> {
  for (let offset = 0; offset < sql.length; ) {
    const [kind, end] = tokenEnd(sql, offset);
    yield { kind, text: sql.slice(offset, end), offset };
    offset = end;
  }
}

/** Counts lines. Offsets must ascend. */
function lineCounter(sql: string): (offset: number) => number {
  let line = 1;
  let next = sql.indexOf("\n");
  return (offset) => {
    while (next >= 0 && next < offset) {
      line++;
      next = sql.indexOf("\n", next + 1);
    }
    return line;
  };
}

/**
 * Depth inside parentheses, as in CREATE RULE … DO (…; …), and inside the `BEGIN … END` of a function's body. There
 * a semicolon does not end the statement. psql has the same rules.
 */
class Nesting {
  private parentheses = 0;
  private blocks = 0;
  private createsRoutine = false;

  get isOpen(): boolean {
    return this.parentheses > 0 || this.blocks > 0;
  }

  readSign(sign: string): void {
    if (sign === "(") this.parentheses++;
    if (sign === ")") this.parentheses = Math.max(0, this.parentheses - 1);
  }

  readWord(words: readonly string[]): void {
    if (words.length <= 4) {
      const [first, ...rest] = words[1] === "OR" && words[2] === "REPLACE" ? [words[0], words[3]] : words;
      this.createsRoutine = first === "CREATE" && ["FUNCTION", "PROCEDURE"].includes(rest[0] ?? "");
    }
    if (!this.createsRoutine || this.parentheses > 0) return;
    const word = words.at(-1);
    if (word === "BEGIN" || (word === "CASE" && this.blocks > 0)) this.blocks++;
    if (word === "END") this.blocks = Math.max(0, this.blocks - 1);
  }
}

export function splitStatements(sql: string): SqlStatement[] {
  const statements: SqlStatement[] = [];
  const lineAt = lineCounter(sql);
  let words: string[] = [];
  let nesting = new Nesting();
  let start: { offset: number; line: number } | undefined;
  let psqlCommand: SqlStatement["psqlCommand"];
  const finish = (end: number) => {
    if (start) {
      const { offset, line } = start;
      statements.push({
        text: sql.slice(offset, end).trimEnd(),
        line,
        offset,
        words,
        ...(psqlCommand && { psqlCommand }),
      });
    }
    words = [];
    nesting = new Nesting();
    start = undefined;
    psqlCommand = undefined;
  };
  for (const { kind, text, offset } of tokens(sql)) {
    if (kind === "semicolon" && !nesting.isOpen) {
      finish(offset);
      continue;
    }
    if (kind === "comment" || (kind === "other" && text.trim() === "")) continue;
    start ??= { offset, line: lineAt(offset) };
    if (kind === "word") {
      words.push(text.toUpperCase());
      nesting.readWord(words);
    } else if (kind === "other") {
      nesting.readSign(text);
      if (text === "\\") {
        psqlCommand ??= { text: matchAt(PSQL_COMMAND, sql, offset) ?? text, line: lineAt(offset) };
      }
    }
  }
  finish(sql.length);
  return statements;
}

/** Line of the first comment that begins a line and matches. Text in literals and function bodies is not a comment. */
export function lineOfComment(sql: string, pattern: RegExp): number | undefined {
  const lineAt = lineCounter(sql);
  for (const { kind, text, offset } of tokens(sql)) {
    const beginsLine = offset === 0 || sql[offset - 1] === "\n";
    if (kind === "comment" && beginsLine && pattern.test(text)) return lineAt(offset);
  }
  return undefined;
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
