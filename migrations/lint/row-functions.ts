/** Number of rows that a function in FROM or in a target list returns. */

import type { FuncCall, Node } from "libpg-query";
import { as, keyOf, strings } from "./ast";
import { isHarmlessFunction } from "./builtin-functions";
import type { Catalog } from "./catalog";

/** Functions of PostgreSQL that return a row for each part of their first argument. */
const SPLITTING =
  /^(?:unnest|regexp_matches|(?:regexp_split|string)_to_table|jsonb?_(?:array_elements|each|object_keys|to_recordset|populate_recordset)(?:_text)?|jsonb_path_query)$/;

const MILLISECONDS: Partial<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  month: 2_592_000_000,
  year: 31_536_000_000,
};

function withoutCast(node: Node | undefined): Node | undefined {
  const cast = as(node, "TypeCast");
  return cast ? withoutCast(cast.arg) : node;
}

/** Number, or time in milliseconds, of a constant. */
function constantValue(node: Node | undefined): number | undefined {
  const value = as(withoutCast(node), "A_Const");
  if (value?.ival) return value.ival.ival ?? 0;
  if (value?.fval) return Number(value.fval.fval);
  const text = value?.sval?.sval;
  if (text === undefined) return undefined;
  const [, count, unit = ""] = /^\s*(\d+)\s*([a-z]+?)s?\s*$/i.exec(text) ?? [];
  const step = MILLISECONDS[unit.toLowerCase()];
  if (step !== undefined) return Number(count) * step;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function seriesRows([first, last, step]: readonly Node[]): number {
  const [from, to] = [constantValue(first), constantValue(last)];
  const by = step ? constantValue(step) : 1;
  if (from === undefined || to === undefined || !by) return Number.POSITIVE_INFINITY;
  return Math.max(0, Math.floor((to - from) / by) + 1);
}

function parts(node: Node | undefined): number {
  const value = withoutCast(node);
  const array = as(value, "A_ArrayExpr");
  if (array) return array.elements?.length ?? 0;
  const text = as(value, "A_Const")?.sval?.sval;
  return text === undefined ? Number.POSITIVE_INFINITY : text.length;
}

/** @returns an upper limit; infinity if none is known */
export function rowsReturned({ funcname, args = [] }: FuncCall, catalog: Catalog): number {
  const name = keyOf(strings(funcname));
  const overloads = catalog.overloads(name);
  if (overloads.length > 0) {
    const isOne = overloads.every(({ returns }) => !/^setof |, /.test(returns));
    return isOne ? 1 : Number.POSITIVE_INFINITY;
  }
  if (name === "generate_series") return seriesRows(args);
  if (name === "generate_subscripts" || SPLITTING.test(name)) return parts(args[0]);
  return isHarmlessFunction(name) ? 1 : Number.POSITIVE_INFINITY;
}
