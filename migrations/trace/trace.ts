/** Runs each script on what the scripts before it have made, and sees what it locks, rewrites and scans. */

import type { PGlite } from "@electric-sql/pglite";
import { type LintFinding, shorten } from "../lint/finding";
import { ruleNames } from "../lint/lint";
import { runOrder } from "../lint/order";
import { loadParser, parseStatement } from "../lint/parser";
import { suppress, suppressionRule } from "../lint/suppress";
import { replay, resetSession, runBackfill, scriptError } from "../scratch/replay";
import type { MigrationScript } from "../script/script";
import { splitStatements } from "../script/sql-text";
import { scansWholeTable } from "./backfill";
import { byCode, lockText, strongLocks, type TraceMatch, undeclared } from "./effects";
import { observe } from "./observe";

export interface Trace {
  readonly findings: readonly LintFinding[];
  /** Of each script that locks tables so that clients wait for them: what its header's `locks` should say. */
  readonly locks: readonly { readonly file: string; readonly header: string }[];
}

export interface TraceOptions {
  /** Scripts with a lower number are only run, not judged. Default: 1. */
  readonly from?: number;
  /** Hears of each script before it runs. */
  readonly onScript?: (file: string) => void;
}

type Placed = { readonly finding: LintFinding; readonly statementLine: number };

const opaque = ["DoStmt", "CallStmt", "SelectStmt"];

function place(
  script: MigrationScript,
  line: number,
  text: string,
  hit: Omit<TraceMatch, "rule"> & { rule: string },
): Placed {
  const finding: LintFinding = {
    ...hit,
    severity: "error",
    file: script.file,
    line,
    statement: shorten(text),
  };
  return { finding, statementLine: line };
}

/** What a text alone tells is the lint's to judge; of code it knows little. */
function isOpaque(script: MigrationScript, text: string, line: number): boolean {
  const nodes = parseStatement(script.file, { text, line, words: [] });
  return nodes.some((node) => opaque.some((tag) => tag in node));
}

interface ScriptTrace {
  readonly placed: readonly Placed[];
  readonly header?: string;
}

async function traceStatements(database: PGlite, script: MigrationScript): Promise<ScriptTrace> {
  const placed: Placed[] = [];
  await database.exec("begin; set local enable_seqscan = off");
  try {
    const existing = await observe(database);
    let before = existing;
    for (const { text, line } of splitStatements(script.sql)) {
      try {
        await database.exec(text);
      } catch (error) {
        throw scriptError(error, script, text, line);
      }
      const now = await observe(database);
      const hits = [
        ...undeclared(script, strongLocks(existing, before), strongLocks(existing, now)),
        ...(isOpaque(script, text, line) ? byCode(existing, before, now) : []),
      ];
      placed.push(...hits.map((hit) => place(script, line, text, hit)));
      before = now;
    }
    const locks = strongLocks(existing, before).map(lockText);
    return { placed, ...(locks.length > 0 && { header: locks.join(", ") }) };
  } finally {
    await database.exec("rollback");
    await resetSession(database);
  }
}

/** Once more on rows that are filled already, which it must bear. */
async function traceBackfill(database: PGlite, script: MigrationScript): Promise<Placed[]> {
  const { backfill } = script;
  if (!backfill) return [];
  const { table, key, statement, line } = backfill;
  await database.exec("begin");
  try {
    const existing = await observe(database);
    const scans = await scansWholeTable(database, backfill);
    await runBackfill(database, backfill);
    const locks = strongLocks(existing, await observe(database)).map((lock) => ({
      rule: "backfill-lock",
      impact: `Each batch locks ${lock.table} in ${lock.mode}: clients wait for it again and again.`,
      remediation: `A statement, and triggers, that lock rows of ${table} alone.`,
    }));
    const scan = {
      rule: "backfill-scan",
      impact: `No index leads to a batch's rows: each batch reads all of ${table}, which takes longer with each row.`,
      remediation: `WHERE ${key} BETWEEN $1 AND $2`,
    };
    return [...locks, ...(scans ? [scan] : [])].map((hit) => place(script, line, statement, hit));
  } finally {
    await database.exec("rollback");
    await resetSession(database);
  }
}

/**
 * Judges scripts by running them on a scratch database, which `open` gives empty; it is closed in the end. Suppressed
 * as the lint is.
 *
 * @throws ScriptError with file and line when a script does not apply in the order of the versions
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
      const isJudged = script.number >= from && script.transactional;
      const seen: ScriptTrace = isJudged ? await traceStatements(database, script) : { placed: [] };
      await replay(database, script);
      const inBackfill = isJudged ? await traceBackfill(database, script) : [];
      if (seen.header !== undefined) locks.push({ file: script.file, header: seen.header });
      const found = suppress(script, [...seen.placed, ...inBackfill], ruleNames);
      // Whether suppressions are right is the lint's to say.
      findings.push(...found.filter(({ rule }) => rule !== suppressionRule));
    }
  } finally {
    await database.close();
  }
  return { findings, locks };
}
