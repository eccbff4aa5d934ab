/**
 * Executes the INSERT, UPDATE, DELETE and MERGE statements of a version with generated rows, in a transaction that is rolled
 * back. Unlike PREPARE this finds constraints, triggers and defaults that reject the statement.
 */

import type { PGlite } from "@electric-sql/pglite";
import { type GeneratedRow, NoRowError, quoteLiteral, RowGenerator, textOf } from "./generated-rows";
import { CHOICES, valueFor } from "./generated-values";
import { readParameterTypes, readTableFacts, type TableFacts } from "./table-facts";
import type { WriteQuery } from "./write-query";

interface Success {
  readonly rows: number;
  /** Error of an upsert that is executed again, when the row exists. */
  readonly conflictError?: string;
}

export type WriteOutcome = Success | { readonly error: string };

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

type Tables = ReadonlyMap<string, TableFacts>;

/** Key of a table in the facts: without the schema public. */
const factsKey = (table: string) => table.replace(/^public\./, "");

function columnOf(
  { written, isUnlisted, positions }: WriteQuery,
  number: number,
  facts: TableFacts,
): string | undefined {
  const position = positions.get(number);
  return isUnlisted && position !== undefined ? facts.columns[position]?.name : written.get(number);
}

async function execute(
  database: PGlite,
  statement: string,
  query: WriteQuery,
  tables: Tables,
  attempt: number,
): Promise<Success> {
  const table = factsKey(query.table);
  const facts = tables.get(table);
  if (!facts) throw new Error(`${query.table} is not a table`);
  const types = await readParameterTypes(database, statement);
  const rows = new RowGenerator(database, tables, attempt);
  const numbers = types.map((_, i) => i + 1);
  const compared = numbers.flatMap((number) => query.compared.get(number) ?? []);
  const needsRow = query.kind === "UPDATE" || query.kind === "DELETE" || compared.length > 0;
  const target: GeneratedRow = needsRow ? await rows.insert(table, compared) : {};
  const source = factsKey(query.source?.table ?? "");
  if (tables.has(source)) await rows.insert(source, query.source?.columns ?? []);
  const written = numbers.flatMap((number) => columnOf(query, number, facts) ?? []);
  const values = await rows.values(table, written);
  const found = new Map<number, string | null>();
  for (const [number, { table: other, column }] of query.lookups) {
    if (tables.has(factsKey(other))) found.set(number, await rows.existing(factsKey(other), column));
  }
  const parameters = types.map((type, i) => {
    const looked = found.get(i + 1);
    if (looked !== undefined) return quoteLiteral(looked);
    const comparedTo = query.compared.get(i + 1);
    if (comparedTo !== undefined) {
      const text = textOf(target[comparedTo]);
      return quoteLiteral(type.element && text !== null ? `{"${text}"}` : text);
    }
    const column = columnOf(query, i + 1, facts);
    const value = column === undefined ? undefined : values.get(column);
    return quoteLiteral(value === undefined ? valueFor(type, rows.choice()) : value);
  });
  const list = parameters.length > 0 ? `(${parameters.join(", ")})` : "";
  const run = () => database.exec(`execute ${statement}${list}`);
  const results = await run();
  const last = results.at(-1);
  // A SELECT around a write returns rows and changes none itself.
  const outcome = { rows: last?.affectedRows || (last?.rows.length ?? 0) };
  if (!query.isUpsert) return outcome;
  try {
    await run();
    return outcome;
  } catch (error) {
    return { ...outcome, conflictError: messageOf(error) };
  }
}

function isBetter(now: Success, best: Success): boolean {
  if (now.rows !== best.rows) return now.rows > best.rows;
  return now.conflictError === undefined && best.conflictError !== undefined;
}

/** Undefined if the rows that the statement needs could not be generated. */
async function bestOutcome(
  database: PGlite,
  sql: string,
  query: WriteQuery,
  tables: Tables,
): Promise<WriteOutcome | undefined> {
  let first: WriteOutcome | undefined;
  let best: Success | undefined;
  for (const attempt of CHOICES) {
    await database.exec("savepoint attempt");
    try {
      await database.exec(`prepare write as ${sql}`);
      const now = await execute(database, "write", query, tables, attempt);
      if (!best || isBetter(now, best)) best = now;
    } catch (error) {
      if (!(error instanceof NoRowError)) first ??= { error: messageOf(error) };
    }
    await database.exec("rollback to attempt; deallocate all");
    if (best && best.rows > 0 && best.conflictError === undefined) return best;
  }
  return best ?? first;
}

/**
 * Tries several combinations of values, of which the best outcome counts.
 *
 * @returns the outcomes by SQL text
 */
export async function executeWrites(
  database: PGlite,
  queries: ReadonlyMap<string, WriteQuery>,
): Promise<Map<string, WriteOutcome>> {
  const outcomes = new Map<string, WriteOutcome>();
  if (queries.size === 0) return outcomes;
  await database.exec("begin");
  try {
    const tables = await readTableFacts(database);
    for (const [sql, query] of queries) {
      const outcome = await bestOutcome(database, sql, query, tables);
      if (outcome) outcomes.set(sql, outcome);
    }
  } finally {
    await database.exec("rollback");
  }
  return outcomes;
}

/** The problem of a write that fails, or changes no row any more. Undefined if it has none, or never succeeded. */
export function writeProblem(
  { kind }: WriteQuery,
  before: WriteOutcome | undefined,
  now: WriteOutcome | undefined,
): string | undefined {
  if (!before || !now || "error" in before) return undefined;
  if ("error" in now) return `its ${kind} fails with generated rows: ${now.error}`;
  if (before.rows > 0 && now.rows === 0)
    return `its ${kind} changes no row, and before it changed ${before.rows}`;
  if (before.conflictError === undefined && now.conflictError !== undefined)
    return `its ${kind} fails with generated rows when the row exists: ${now.conflictError}`;
  return undefined;
}
