import type { PGlite } from "@electric-sql/pglite";
import type { Node } from "libpg-query";
import { findAll, tableKey } from "../lint/ast";
import { type LintFinding, shorten } from "../lint/finding";
import { ruleNames } from "../lint/lint";
import { runOrder } from "../lint/order";
import { loadParser, parseStatement } from "../lint/parser";
import { SUPPRESSION_RULE, suppress } from "../lint/suppress";
import { TRACE_RULES } from "../lint/trace-rules";
import { replay, resetSession, runBackfill, scriptError } from "../scratch/replay";
import { batchCondition } from "../script/backfill-key";
import type { MigrationScript } from "../script/script";
import { scansWholeTable } from "./backfill";
import { affectedBy, checkCode, codeProblems } from "./code-changes";
import { type CodeState, readCodeState } from "./code-state";
import {
  codeEffects,
  headerText,
  strongLocks,
  type TableStates,
  type TraceMatch,
  undeclared,
} from "./effects";
import { observe } from "./observe";

export interface Trace {
  readonly findings: readonly LintFinding[];
  /** The complete `locks` header for each script that takes locks that block clients. */
  readonly locks: readonly { readonly file: string; readonly header: string }[];
}

export interface TraceOptions {
  /**
   * Number of the first script to report on. Earlier scripts run without being reported.
   *
   * @default 1
   */
  readonly from?: number;
  /** Called before each script. */
  readonly onScript?: (file: string) => void;
}

type PlacedFinding = { readonly finding: LintFinding; readonly statementLine: number };

const ROWS_LOCKED = "rows-locked-by-code";
const CODE_TAGS = ["DoStmt", "CallStmt", "SelectStmt"];
/** Statements that can read tables, and call code that does. */
const READING_TAGS = ["InsertStmt", "CreateTableAsStmt", "ExplainStmt", "RefreshMatViewStmt", "CopyStmt"];

function place(
  script: MigrationScript,
  line: number,
  text: string,
  match: Omit<TraceMatch, "rule"> & { rule: string },
): PlacedFinding {
  const finding: LintFinding = {
    ...match,
    severity: "error",
    file: script.file,
    line,
    statement: shorten(text),
  };
  return { finding, statementLine: line };
}

/** Tables that the statement does not name, and whose rows were not locked before it. */
function tablesOfCode(nodes: readonly Node[], existing: TableStates, before: TableStates): TableStates {
  const named = new Set(nodes.flatMap((node) => findAll(node, "RangeVar").map(tableKey)));
  return new Map(
    [...existing].filter(([oid, { table, ancestors }]) => {
      const isNamed = [table, ...ancestors].some((name) => named.has(name));
      return !isNamed && !before.get(oid)?.locks.includes("ROW EXCLUSIVE");
    }),
  );
}

/** Effects of code that the statement runs: functions, triggers, rules, event triggers, checks of domains. */
function effectsOf(
  script: MigrationScript,
  text: string,
  line: number,
  [existing, before, now]: Parameters<typeof codeEffects>,
): readonly TraceMatch[] {
  const nodes = parseStatement(script.file, { text, line });
  const isOneOf = (tags: readonly string[]) => nodes.some((node) => tags.some((tag) => tag in node));
  const effects = codeEffects(existing, before, now);
  if (isOneOf(CODE_TAGS)) return effects;
  const others = codeEffects(tablesOfCode(nodes, existing, before), before, now);
  return [
    ...effects.filter(({ rule }) => isOneOf(READING_TAGS) && rule !== ROWS_LOCKED),
    ...others.filter(({ rule }) => rule === ROWS_LOCKED),
  ];
}

interface ScriptTrace {
  readonly placed: readonly PlacedFinding[];
  readonly header?: string;
}

/** The last statement that has one of the names, which are in the order of their weight; else the first one. */
function statementNaming({ statements }: MigrationScript, names: readonly string[]) {
  const found = names.flatMap((name) => {
    return name === "" ? [] : [...statements].reverse().filter(({ text }) => text.includes(name));
  });
  return found[0] ?? statements[0] ?? { text: "", line: 1 };
}

/** Functions and triggers that the script, whose transaction is still open, has broken. */
async function checkCodeChanges(
  database: PGlite,
  script: MigrationScript,
  before: CodeState,
  existing: ReadonlySet<string>,
): Promise<(() => Promise<PlacedFinding[]>) | undefined> {
  const code = await readCodeState(database);
  const affected = affectedBy(before, code, existing);
  if (!affected) return undefined;
  const after = await checkCode(database, affected);
  return async () => {
    await database.exec("begin");
    try {
      const older = await checkCode(database, affected);
      return codeProblems(older, after, code, existing).map(({ names, table: _, ...match }) => {
        const { line, text } = statementNaming(script, names);
        return place(script, line, text, match);
      });
    } finally {
      await database.exec("rollback");
    }
  };
}

async function traceStatements(database: PGlite, script: MigrationScript): Promise<ScriptTrace> {
  const placed: PlacedFinding[] = [];
  let compareCode: (() => Promise<PlacedFinding[]>) | undefined;
  let header = "";
  await database.exec("begin; set local enable_seqscan = off");
  try {
    const code = await readCodeState(database);
    const existing = await observe(database);
    let before = existing;
    for (const { text, line } of script.statements) {
      try {
        await database.exec(text);
      } catch (error) {
        throw scriptError(error, script, text, line);
      }
      const now = await observe(database);
      const matches = [
        ...undeclared(script, strongLocks(existing, before), strongLocks(existing, now)),
        ...effectsOf(script, text, line, [existing, before, now]),
      ];
      placed.push(...matches.map((match) => place(script, line, text, match)));
      before = now;
    }
    header = headerText(strongLocks(existing, before));
    const tables = new Set([...existing.values()].map(({ table }) => table));
    compareCode = await checkCodeChanges(database, script, code, tables);
  } finally {
    await database.exec("rollback");
    await resetSession(database);
  }
  if (compareCode) placed.push(...(await compareCode()));
  return { placed, ...(header !== "" && { header }) };
}

/** Runs the backfill again in a transaction that is rolled back, and observes locks and scans. */
async function traceBackfill(database: PGlite, script: MigrationScript): Promise<PlacedFinding[]> {
  const { backfill } = script;
  if (!backfill) return [];
  const { table, keys, statement, line } = backfill;
  await database.exec("begin");
  try {
    const existing = await observe(database);
    const scans = await scansWholeTable(database, backfill);
    await runBackfill(database, script, backfill);
    const locks = strongLocks(existing, await observe(database)).map((lock) => ({
      rule: "backfill-lock",
      impact: `Each batch locks ${lock.table} in ${lock.mode}, and clients wait each time.`,
      remediation: `Use a statement and triggers that lock only rows of ${table}.`,
    }));
    const scan = {
      rule: "backfill-scan",
      impact: `No index finds a batch's rows: each batch scans the whole of ${table}.`,
      remediation: `WHERE ${batchCondition(keys)}`,
    };
    return [...locks, ...(scans ? [scan] : [])].map((match) => place(script, line, statement, match));
  } finally {
    await database.exec("rollback");
    await resetSession(database);
  }
}

/**
 * Runs the scripts on a scratch database and reports locks, rewrites and scans. Suppressions by `-- lint-ignore`
 * apply.
 *
 * @param open opens an empty scratch database, which is closed at the end
 * @throws ScriptError with file and line if a script cannot be applied
 */
export async function traceScripts(
  scripts: readonly MigrationScript[],
  open: () => Promise<PGlite>,
  { from = 1, onScript = () => undefined }: TraceOptions = {},
): Promise<Trace> {
  await loadParser();
  const findings: LintFinding[] = [];
  const locks: { file: string; header: string }[] = [];
  const database = await open();
  try {
    for (const script of runOrder(scripts)) {
      onScript(script.file);
      const isReported = script.number >= from && script.transactional && !script.isImported;
      const seen: ScriptTrace = isReported ? await traceStatements(database, script) : { placed: [] };
      await replay(database, script);
      const inBackfill = isReported ? await traceBackfill(database, script) : [];
      if (seen.header !== undefined) locks.push({ file: script.file, header: seen.header });
      const found = suppress(script, [...seen.placed, ...inBackfill], [...ruleNames, ...TRACE_RULES]);
      // Invalid suppressions are already reported by the lint.
      findings.push(...found.filter(({ rule }) => rule !== SUPPRESSION_RULE));
    }
  } finally {
    await database.close();
  }
  return { findings, locks };
}
