/** Reasons for which a trigger function can fail or drop a write. */

import { parseName, quoteName } from "../script/name";
import { findAll, strings } from "./ast";
import type { Catalog, Table, Trigger } from "./catalog";
import { tryParsePlPgSql } from "./parser";
import { isTree, parsedQuery, type Tree } from "./plpgsql-tree";
import { type Returned, type TriggerEvent, type TriggerFlow, triggerFlow } from "./trigger-flow";

// Bits of the column tgtype of pg_trigger.
export const TIMING_BEFORE = 2;
const TIMING_INSTEAD = 64;
const EVENTS: readonly [bit: number, event: TriggerEvent][] = [
  [4, "INSERT"],
  [8, "DELETE"],
  [16, "UPDATE"],
  [32, "TRUNCATE"],
];

/** @param type bits of the column tgtype of pg_trigger */
export function triggerEvents(type: number): readonly TriggerEvent[] {
  return EVENTS.filter(([bit]) => (type & bit) !== 0).map(([, event]) => event);
}

export type FiringTrigger = Pick<Trigger, "routine" | "timing" | "events" | "row">;

/** Rows that a function may not return before an event, because the write is then dropped. */
const DROPPING: Record<TriggerEvent, readonly Returned[]> = {
  INSERT: ["null", "old"],
  UPDATE: ["null", "old"],
  DELETE: ["null", "new"],
  TRUNCATE: [],
};

function droppedBy({ returns }: TriggerFlow, event: TriggerEvent, isInstead: boolean): string | undefined {
  const [found] = DROPPING[event].filter((row) => returns.has(row) && !(isInstead && row === "old"));
  if (found === undefined) return undefined;
  const value = found === "null" ? "null" : found.toUpperCase();
  return `can return ${value}, which drops ${event === "INSERT" ? "the row" : `the ${event}`}`;
}

/** Columns of NEW and OLD that the expressions name. */
function rowColumns(queries: readonly Tree[]): Set<string> {
  const found = new Set<string>();
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(collect);
    if (!isTree(value) || Array.isArray(value)) return;
    const expression = isTree(value.PLpgSQL_expr) ? value.PLpgSQL_expr : undefined;
    const [, target = ""] =
      /^\s*(?:new|old)\s*\.\s*("(?:[^"]|"")+"|[\w$]+)/i.exec(`${expression?.query ?? ""}`) ?? [];
    const name = parseName(target)?.[0];
    if (name !== undefined) found.add(name);
    for (const { fields } of expression ? findAll(parsedQuery(value), "ColumnRef") : []) {
      const [row = "", column, ...rest] = strings(fields);
      if (["new", "old"].includes(row) && column !== undefined && rest.length === 0) found.add(column);
    }
    for (const child of Object.values(value)) collect(child);
  };
  collect(queries);
  return found;
}

function missingColumn(
  queries: readonly Tree[],
  table: Table | undefined,
  catalog: Catalog,
): string | undefined {
  if (!table?.isWhole || table.kind !== "table") return undefined;
  const isKnown = (name: string) =>
    table.columns.has(name) ||
    table.possibleColumns.has(name) ||
    catalog.overloads(quoteName(name)).length > 0;
  const missing = [...rowColumns(queries)].find((name) => !isKnown(name));
  return missing === undefined
    ? undefined
    : `uses the column ${quoteName(missing)}, which the table does not have`;
}

/**
 * @param table key of the trigger's table
 * @param definition a definition that is about to replace the function's
 * @returns the reason, such as "raises an exception"; undefined if none is found
 */
export function mayFail(
  { routine: name, timing, events, row }: FiringTrigger,
  table: string,
  catalog: Catalog,
  definition?: string,
): string | undefined {
  const routine =
    catalog.overloads(name).find(({ returns }) => returns === "trigger") ?? catalog.overloads(name)[0];
  if (!routine) return "is unknown";
  if (routine.language !== "plpgsql") return `is written in ${routine.language}, which is not analyzed`;
  const tree = tryParsePlPgSql(definition ?? routine.definition);
  const isInstead = (timing & TIMING_INSTEAD) !== 0;
  const isBefore = (timing & TIMING_BEFORE) !== 0;
  for (const event of triggerEvents(events)) {
    const fired = { event, isBefore, isRow: row, table: parseName(table)?.at(-1) ?? table };
    const flow = triggerFlow(tree, catalog, fired);
    if (!flow) return "cannot be read";
    if (flow.raises) return "raises an exception";
    if (flow.asserts) return "has an ASSERT";
    if (!flow.ends) return "can end without RETURN, which is an error";
    const dropped = row && (isBefore || isInstead) ? droppedBy(flow, event, isInstead) : undefined;
    const found = dropped ?? missingColumn(flow.queries, catalog.tables.get(table), catalog);
    if (found !== undefined) return found;
  }
  return undefined;
}
