import { UnsupportedUserDataError } from "./unsupported";

/** A simple command of a shell script. */
export interface ShellCommand {
  readonly words: readonly string[];
  /** The content of a here-document. */
  readonly input?: string;
  readonly output?: { readonly path: string; readonly append: boolean };
}

const SUPPORTED =
  "The simulator runs simple commands one after the other, with quotes, variables, && and here-documents, and > or >> to a " +
  "file; no pipes, substitutions, conditions, loops or functions.";
const KEYWORDS =
  /^(if|then|else|elif|fi|for|while|until|do|done|case|esac|function|select|\{|\}|\[\[|\[|test|source|\.|eval|exec|trap)$/;
const ASSIGNMENT = /^(\w+)=(.*)$/s;

/**
 * Reads a shell script into its commands.
 *
 * @param where the place of the script, for errors
 * @throws UnsupportedUserDataError for syntax whose effect the simulator does not have
 */
export function readShellScript(text: string, where = "User data"): ShellCommand[] {
  return new ScriptReader(text, where).read();
}

class ScriptReader {
  private readonly variables = new Map<string, string>();
  private readonly commands: ShellCommand[] = [];
  private readonly lines: string[];
  private at = 0;

  constructor(
    text: string,
    private readonly where: string,
  ) {
    this.lines = text.split("\n");
  }

  read(): ShellCommand[] {
    while (this.at < this.lines.length) this.readLine(this.nextLine());
    return this.commands;
  }

  /** A line with those that it continues on. */
  private nextLine(): string {
    let line = this.lines[this.at++] ?? "";
    while (/(^|[^\\])\\$/.test(line) && this.at < this.lines.length) {
      line = `${line.slice(0, -1)} ${this.lines[this.at++]}`;
    }
    return line;
  }

  private readLine(line: string): void {
    let words: string[] = [];
    let input: string | undefined;
    let output: ShellCommand["output"];
    const finish = () => {
      this.add(words, input, output, line);
      words = [];
      input = undefined;
      output = undefined;
    };
    const tokens = new Tokens(line, this.variables, () => this.unsupported(line));
    for (let token = tokens.next(); token !== undefined; token = tokens.next()) {
      if (token.kind === "word") {
        words.push(token.text);
      } else if (token.text === "&&" || token.text === ";") {
        finish();
      } else if (token.text === ">" || token.text === ">>") {
        const target = tokens.next();
        if (target?.kind !== "word") this.unsupported(line);
        output = { path: target.text, append: token.text === ">>" };
      } else {
        const end = tokens.next();
        if (end?.kind !== "word") this.unsupported(line);
        input = this.hereDocument(end, token.text === "<<-", line);
      }
    }
    finish();
  }

  private hereDocument(end: Token, isIndented: boolean, line: string): string {
    const content: string[] = [];
    for (; this.at < this.lines.length; ) {
      const raw = this.lines[this.at++] ?? "";
      const next = isIndented ? raw.replace(/^\t+/, "") : raw;
      if (next === end.text) {
        const text = content.map((each) => `${each}\n`).join("");
        return end.isQuoted ? text : expand(text, this.variables, () => this.unsupported(line));
      }
      content.push(next);
    }
    throw new UnsupportedUserDataError(`${this.where}: the here-document ${end.text} must end, got no end.`);
  }

  private add(
    words: readonly string[],
    input: string | undefined,
    output: ShellCommand["output"],
    line: string,
  ): void {
    let rest = words[0] === "export" ? words.slice(1) : words;
    for (let found = ASSIGNMENT.exec(rest[0] ?? ""); found; found = ASSIGNMENT.exec(rest[0] ?? "")) {
      this.variables.set(found[1] ?? "", found[2] ?? "");
      rest = rest.slice(1);
    }
    const [program] = rest;
    if (program === undefined || program === "set" || program === "true" || words[0] === "export") return;
    if (KEYWORDS.test(program)) this.unsupported(line);
    this.commands.push({ words: rest, input, output });
  }

  private unsupported(line: string): never {
    throw new UnsupportedUserDataError(`${this.where} runs ${JSON.stringify(line.trim())}. ${SUPPORTED}`);
  }
}

interface Token {
  readonly kind: "word" | "operator";
  readonly text: string;
  readonly isQuoted: boolean;
}

/** The words and operators of one line. */
class Tokens {
  private at = 0;

  constructor(
    private readonly line: string,
    private readonly variables: ReadonlyMap<string, string>,
    private readonly unsupported: () => never,
  ) {}

  next(): Token | undefined {
    const space = /[ \t\r]*/y;
    space.lastIndex = this.at;
    this.at += space.exec(this.line)?.[0].length ?? 0;
    if (this.at >= this.line.length || this.line[this.at] === "#") return undefined;
    const operator = /&&|;|<<-|<<(?!<)|>>|>/y;
    operator.lastIndex = this.at;
    const found = operator.exec(this.line)?.[0];
    if (found === undefined) return this.word();
    this.at += found.length;
    return { kind: "operator", text: found, isQuoted: false };
  }

  private word(): Token {
    let text = "";
    let isQuoted = false;
    while (this.at < this.line.length) {
      const rest = this.line.slice(this.at);
      const piece =
        /^'([^']*)'/.exec(rest) ??
        /^"((?:[^"\\]|\\.)*)"/.exec(rest) ??
        /^\\(.)/.exec(rest) ??
        /^[^\s'"\\;&|<>()`]+/.exec(rest);
      if (piece === null) {
        if (/^[\s;>]|^&&|^<</.test(rest)) break;
        this.unsupported();
      }
      this.at += piece[0].length;
      const [whole, inner = ""] = piece;
      isQuoted ||= /^['"\\]/.test(whole);
      if (whole.startsWith("'") || whole.startsWith("\\")) text += inner;
      else if (whole.startsWith('"'))
        text += expand(inner, this.variables, this.unsupported).replace(/\\(["\\$`])/g, "$1");
      else text += this.plain(whole);
    }
    return { kind: "word", text, isQuoted };
  }

  private plain(text: string): string {
    if (/[*?[\]~]/.test(text.replace(/\$\{\w+\}/g, ""))) this.unsupported();
    return expand(text, this.variables, this.unsupported);
  }
}

/** Replaces `$NAME` and `${NAME}` by the variables that the script has set. */
function expand(text: string, variables: ReadonlyMap<string, string>, unsupported: () => never): string {
  return text.replace(
    /(\\\$)|\$\{(\w+)\}|\$(\w+)|\$[({]|`/g,
    (whole, escaped?: string, braced?: string, bare?: string) => {
      if (escaped !== undefined) return "$";
      const value = variables.get(braced ?? bare ?? "");
      return value ?? (whole === "" ? "" : unsupported());
    },
  );
}
