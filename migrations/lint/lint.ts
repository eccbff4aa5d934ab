import type { Node } from "libpg-query";
import { withSuffix } from "../script/name";
import type { MigrationScript, Phase } from "../script/script";
import { forEachScript, ScriptError } from "../script/script-error";
import { as } from "./ast";
import { Catalog } from "./catalog";
import { applyStatement, noteFilledTables } from "./catalog-apply";
import { applyCodeStatement } from "./catalog-code";
import { codeOf, mayRunCode } from "./code";
import { executedBy } from "./executed";
import { type LintFinding, shorten } from "./finding";
import { declaredLocks, LockSet, locksOf } from "./locks";
import { runOrder } from "./order";
import { parseStatement } from "./parser";
import type { LintRule, LintStatement, RuleMatch, StatementContext } from "./rule";
import { rules } from "./rules";
import { qualifyNames, qualifyScript } from "./search-path";
import { SUPPRESSION_RULE, suppress } from "./suppress";
import { TRACE_RULES } from "./trace-rules";

export { SUPPRESSION_RULE };

export const ruleNames: readonly string[] = [...rules.map(({ name }) => name), SUPPRESSION_RULE];

const RANKS: ReadonlyMap<string, number> = new Map(ruleNames.map((name, i) => [name, i]));

export interface LintOptions {
  /**
   * Number of the first script to report on. Earlier scripts are only read, for example because they are already
   * applied.
   *
   * @default 1
   */
  readonly from?: number;
  /** Called before each script. */
  readonly onScript?: (file: string) => void;
}

const NO_CODE = { locks: [], unreadable: [], loops: [], innerLoops: [] };

function readStatements({ file, statements, backfill }: MigrationScript): LintStatement[] {
  const read = (text: string, line: number, part: LintStatement["part"]) =>
    parseStatement(file, { text, line }).map((node) => ({
      node,
      line,
      text,
      part,
      ...NO_CODE,
    }));
  return [
    ...statements.flatMap(({ text, line }) => read(text, line, "script")),
    ...(backfill ? read(backfill.statement, backfill.line, "backfill") : []),
  ];
}

/**
 * Parses all statements. `loadParser()` must have been awaited.
 *
 * @throws ScriptError with file and line of each syntax error
 */
export function checkSyntax(scripts: readonly MigrationScript[]): void {
  const texts = scripts.flatMap(({ file, statements, backfill }) => [
    ...statements.map(({ text, line }) => ({ file, text, line })),
    ...(backfill ? [{ file, text: backfill.statement, line: backfill.line }] : []),
  ]);
  forEachScript(texts, ({ file, ...statement }) => void parseStatement(file, statement));
}

/** The statement, the statements inside it that run (such as the one of EXPLAIN ANALYZE), and the code that they call. */
function withCode(statement: LintStatement, catalog: Catalog): LintStatement[] {
  if (statement.part === "backfill" || !mayRunCode(statement.node, catalog)) return [statement];
  const { statements, unreadable, loops: innerLoops } = codeOf(statement.node, statement.text, catalog);
  const place = { ...NO_CODE, text: statement.text };
  const unwrapped = (
    node: Node,
    line: number,
    part: LintStatement["part"],
    loops: LintStatement["loops"] = [],
  ) =>
    executedBy(node)
      .filter((inner) => inner !== node)
      .map((inner): LintStatement => ({ ...place, node: inner, line, part, loops }));
  const inner = statements.flatMap((found): LintStatement[] => {
    const line = statement.line + found.line - 1;
    const { node, loops } = found;
    return [{ ...place, node, line, part: "code", loops }, ...unwrapped(node, line, "code", loops)];
  });
  return [
    { ...statement, unreadable, innerLoops },
    ...unwrapped(statement.node, statement.line, statement.part),
    ...inner,
  ];
}

const SLOT = /\{([a-zA-Z]+)\}(_\w+)?/;
const templateParts = new Map<string, readonly string[]>();

/** Fills the slots. A suffix directly after a slot belongs to the name: `{table}_new` is `"Team_new"` for `"Team"`. */
function fill(template: string, match: RuleMatch): string {
  let parts = templateParts.get(template);
  if (!parts) {
    parts = template.split(SLOT);
    templateParts.set(template, parts);
  }
  let text = parts[0] ?? "";
  for (let i = 1; i < parts.length; i += 3) {
    const value = match[parts[i] ?? ""];
    if (value === undefined) throw new Error(`no value for {${parts[i]}} in "${template}"`);
    const suffix = parts[i + 1];
    text += suffix === undefined ? value : withSuffix(String(value), suffix);
    text += parts[i + 2];
  }
  return text;
}

const selectedRules = new Map<string, readonly LintRule[]>();

/** The rules that concern the statement, from its kind and, for ALTER TABLE, the kinds of its commands. */
function rulesFor(node: Node, phase: Phase): readonly LintRule[] {
  const kind = Object.keys(node)[0] ?? "";
  const commandKinds = as(node, "AlterTableStmt")?.cmds?.map((item) => as(item, "AlterTableCmd")?.subtype);
  const key = `${phase} ${kind} ${commandKinds?.join(" ") ?? ""}`;
  const found = selectedRules.get(key);
  if (found) return found;
  const subtypes = new Set(commandKinds);
  const selected = rules.filter(({ statements, commands, phases }) => {
    if (!phases.includes(phase) || (statements && !statements.some((tag) => tag === kind))) return false;
    return !commands || kind !== "AlterTableStmt" || commands.some((subtype) => subtypes.has(subtype));
  });
  selectedRules.set(key, selected);
  return selected;
}

function checkRule(
  statement: LintStatement,
  context: StatementContext,
  { name, severity, impact, remediation, check }: LintRule,
  found: LintFinding[],
): void {
  const { file } = context.script;
  for (const match of check(statement, context)) {
    found.push({
      rule: name,
      severity,
      file,
      line: typeof match.line === "number" ? match.line : statement.line,
      statement: shorten(statement.text),
      impact: fill(impact, match),
      remediation: fill(remediation, match),
    });
  }
}

function lintScript(script: MigrationScript, catalog: Catalog, isReported: boolean): LintFinding[] {
  catalog.begin(script);
  const statements = readStatements(script);
  const backfillHead = script.backfill ? script.sql.split("\n").length + 1 : 0;
  const declared = new LockSet(catalog);
  for (const lock of declaredLocks(script)) declared.add(lock);
  const taken = new LockSet(catalog);
  const context: StatementContext = { script, catalog, statements, declared, taken };
  const own = statements.filter(({ part }) => part === "script");
  const paths = /search_path|reset\s+all/i.test(script.sql)
    ? qualifyScript(
        own.map(({ node }) => node),
        catalog,
      )
    : [];
  const found = statements.flatMap((statement, i) => {
    const statementLine = statement.part === "backfill" ? backfillHead : statement.line;
    const parts = withCode(statement, catalog);
    const path = paths[i];
    for (const { node, part } of path ? parts : []) if (part === "code") qualifyNames(node, path, catalog);
    const findings: LintFinding[] = [];
    for (const part of isReported ? parts : []) {
      const locks = part.part === "backfill" ? [] : locksOf(part.node, catalog);
      const checked = { ...part, locks };
      for (const rule of rulesFor(part.node, script.phase)) checkRule(checked, context, rule, findings);
      for (const lock of locks) taken.add(lock);
    }
    if (statement.part === "script") applyStatement(catalog, statement.node, statement.text);
    for (const { node, part } of parts) {
      if (part === "code") applyCodeStatement(catalog, node);
      noteFilledTables(catalog, node);
    }
    if (parts.some(({ unreadable }) => unreadable.length > 0)) catalog.distrust();
    return unique(findings).map((finding) => ({ finding, statementLine }));
  });
  if (!isReported) return [];
  return suppress(script, withWholeHeader(script, found), [...ruleNames, ...TRACE_RULES]);
}

/** Several parts of a statement can have the same finding. */
function unique(findings: readonly LintFinding[]): readonly LintFinding[] {
  if (findings.length < 2) return findings;
  const text = ({ line, rule, impact, remediation }: LintFinding) =>
    `${line} ${rule} ${impact} ${remediation}`;
  return [...new Map(findings.map((finding) => [text(finding), finding])).values()];
}

type Found = { readonly finding: LintFinding; readonly statementLine: number };

/** The header lists all locks in one line, so the advice for a missing lock shows the whole line. */
function withWholeHeader({ locks }: MigrationScript, found: readonly Found[]): readonly Found[] {
  const prefix = "-- locks: ";
  const isLock = ({ finding: { rule } }: Found) => rule === "undeclared-lock" || rule === "lock-table";
  const missing = found.filter(isLock).map(({ finding }) => finding.remediation.slice(prefix.length));
  if (missing.length === 0) return found;
  const table = (text: string) => text.split(/ in (?=[a-z ]+$)/)[0];
  const declared = locks
    .filter((lock) => !missing.some((text) => table(text) === lock.table))
    .map((lock) =>
      lock.mode === "ACCESS EXCLUSIVE" ? lock.table : `${lock.table} in ${lock.mode.toLowerCase()}`,
    );
  const header = `${prefix}${[...new Set([...declared, ...missing])].join(", ")}`;
  return found.map((item) => {
    return isLock(item) ? { ...item, finding: { ...item.finding, remediation: header } } : item;
  });
}

/**
 * Lints the scripts of a folder. All scripts are read, because the impact of a statement depends on the schema that
 * earlier scripts create.
 *
 * `loadParser()` must have been awaited. Findings are sorted by file and line.
 *
 * @throws ScriptError with file and line of each syntax error
 */
export function lintScripts(
  scripts: readonly MigrationScript[],
  { from = 1, onScript }: LintOptions = {},
): LintFinding[] {
  const catalog = new Catalog();
  const rank = ({ rule }: LintFinding) => RANKS.get(rule) ?? 0;
  const found = new Map<MigrationScript, readonly LintFinding[]>();
  for (const script of runOrder(scripts)) {
    onScript?.(script.file);
    try {
      const findings = lintScript(script, catalog, script.number >= from && !script.isImported);
      found.set(
        script,
        findings.sort((a, b) => a.line - b.line || rank(a) - rank(b)),
      );
    } catch (error) {
      // The first syntax error is found here, and all of them there.
      if (error instanceof ScriptError) checkSyntax(scripts);
      throw error;
    }
  }
  return scripts.flatMap((script) => found.get(script) ?? []);
}
