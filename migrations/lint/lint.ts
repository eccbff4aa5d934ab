import type { Node } from "libpg-query";
import { withSuffix } from "../script/name";
import type { MigrationScript, Phase } from "../script/script";
import { splitStatements } from "../script/sql-text";
import { Catalog } from "./catalog";
import { applyStatement } from "./catalog-apply";
import { applyCodeStatement } from "./catalog-code";
import { codeOf } from "./code";
import { executedBy } from "./executed";
import { type LintFinding, shorten } from "./finding";
import { declaredLocks, LockSet, locksOf } from "./locks";
import { runOrder } from "./order";
import { parseStatement } from "./parser";
import type { LintRule, LintStatement, RuleMatch, StatementContext } from "./rule";
import { rules } from "./rules";
import { SUPPRESSION_RULE, suppress } from "./suppress";
import { TRACE_RULES } from "./trace-rules";

export { SUPPRESSION_RULE };

export const ruleNames: readonly string[] = [...rules.map(({ name }) => name), SUPPRESSION_RULE];

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

function readStatements(script: MigrationScript): LintStatement[] {
  const { backfill } = script;
  const read = (text: string, line: number, part: LintStatement["part"]) =>
    parseStatement(script.file, { text, line, words: [] }).map((node) => ({
      node,
      line,
      text,
      part,
      unreadable: [],
    }));
  return [
    ...splitStatements(script.sql).flatMap(({ text, line }) => read(text, line, "script")),
    ...(backfill ? read(backfill.statement, backfill.line, "backfill") : []),
  ];
}

/** The statement, the statements inside it that run (such as the one of EXPLAIN ANALYZE), and the code that they call. */
function withCode(statement: LintStatement, catalog: Catalog): LintStatement[] {
  if (statement.part === "backfill") return [statement];
  const { statements, unreadable } = codeOf(statement.node, statement.text, catalog);
  const place = { text: statement.text, unreadable: [] };
  const unwrapped = (node: Node, line: number, part: LintStatement["part"]) =>
    executedBy(node)
      .filter((inner) => inner !== node)
      .map((inner): LintStatement => ({ ...place, node: inner, line, part }));
  const inner = statements.flatMap((found): LintStatement[] => {
    const line = statement.line + found.line - 1;
    return [{ ...place, node: found.node, line, part: "code" }, ...unwrapped(found.node, line, "code")];
  });
  return [
    { ...statement, unreadable },
    ...unwrapped(statement.node, statement.line, statement.part),
    ...inner,
  ];
}

/** Fills the slots. A suffix directly after a slot belongs to the name: `{table}_new` is `"Team_new"` for `"Team"`. */
function fill(template: string, match: RuleMatch): string {
  return template.replace(/\{([a-zA-Z]+)\}(_\w+)?/g, (_, slot: string, suffix: string | undefined) => {
    const value = match[slot];
    if (value === undefined) throw new Error(`no value for {${slot}} in "${template}"`);
    return suffix === undefined ? String(value) : withSuffix(String(value), suffix);
  });
}

const rulesFor = (() => {
  const known = new Map<string, readonly LintRule[]>();
  return (node: Node, phase: Phase): readonly LintRule[] => {
    const [kind = ""] = Object.keys(node);
    const found = known.get(`${phase} ${kind}`);
    if (found) return found;
    const selected = rules.filter(({ statements, phases }) => {
      return phases.includes(phase) && (!statements || statements.some((tag) => tag === kind));
    });
    known.set(`${phase} ${kind}`, selected);
    return selected;
  };
})();

function checkRule(
  statement: LintStatement,
  context: StatementContext,
  { name, severity, impact, remediation, check }: LintRule,
): LintFinding[] {
  const { file } = context.script;
  return [...check(statement, context)].map((match) => ({
    rule: name,
    severity,
    file,
    line: typeof match.line === "number" ? match.line : statement.line,
    statement: shorten(statement.text),
    impact: fill(impact, match),
    remediation: fill(remediation, match),
  }));
}

function lintScript(script: MigrationScript, catalog: Catalog, isReported: boolean): LintFinding[] {
  catalog.begin(script);
  const statements = readStatements(script);
  const backfillHead = script.sql.split("\n").length + 1;
  const declared = new LockSet(catalog);
  for (const lock of declaredLocks(script)) declared.add(lock);
  const taken = new LockSet(catalog);
  const context: StatementContext = { script, catalog, statements, declared, taken };
  const found = statements.flatMap((statement) => {
    const statementLine = statement.part === "backfill" ? backfillHead : statement.line;
    const parts = withCode(statement, catalog);
    const findings = (isReported ? parts : []).flatMap((part) => {
      const here = rulesFor(part.node, script.phase).flatMap((rule) => checkRule(part, context, rule));
      if (part.part !== "backfill") takeLocks(taken, part.node, catalog);
      return here;
    });
    if (statement.part === "script") applyStatement(catalog, statement.node, statement.text);
    for (const { node } of parts.filter(({ part }) => part === "code")) applyCodeStatement(catalog, node);
    if (parts.some(({ unreadable }) => unreadable.length > 0)) catalog.distrust();
    return findings.map((finding) => ({ finding, statementLine }));
  });
  if (!isReported) return [];
  return suppress(script, withWholeHeader(script, found), [...ruleNames, ...TRACE_RULES]);
}

type Found = { readonly finding: LintFinding; readonly statementLine: number };

/** The header has all locks in one line, so the advice for one of them names all. */
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

function takeLocks(taken: LockSet, node: Node, catalog: Catalog): void {
  for (const lock of locksOf(node, catalog)) taken.add(lock);
}

/**
 * Lints the scripts of a folder. All scripts are read, because the impact of a statement depends on the schema that
 * earlier scripts create.
 *
 * `loadParser()` must have been awaited. Findings are sorted by file and line.
 *
 * @throws ScriptError with file and line for a syntax error
 */
export function lintScripts(
  scripts: readonly MigrationScript[],
  { from = 1, onScript }: LintOptions = {},
): LintFinding[] {
  const catalog = new Catalog();
  const findings = runOrder(scripts).flatMap((script) => {
    onScript?.(script.file);
    return lintScript(script, catalog, script.number >= from);
  });
  const places = new Map(scripts.map(({ file }, i) => [file, i]));
  const place = ({ file }: LintFinding) => places.get(file) ?? 0;
  const unique = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  return [...unique.values()].sort(
    (a, b) => place(a) - place(b) || a.line - b.line || ruleNames.indexOf(a.rule) - ruleNames.indexOf(b.rule),
  );
}
