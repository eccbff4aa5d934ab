/** Number of times that a loop repeats its statements. */

import { as, findAll, keyOf, strings } from "./ast";
import type { Catalog } from "./catalog";
import type { Loop } from "./loops";
import { FEW_ROWS, returnsMany, scopeOf } from "./reads";

const AGGREGATES = ["count", "max", "min", "sum", "avg", "array_agg", "string_agg", "bool_or", "bool_and"];

/** True for `SELECT max(id) FROM t`, which returns one row. */
function isAggregate(query: Loop & { kind: "rows" }): boolean {
  const select = as(query.query, "SelectStmt");
  const [target, ...others] = select?.targetList ?? [];
  const [call] = findAll(target, "FuncCall");
  return !select?.groupClause && others.length === 0 && AGGREGATES.includes(keyOf(strings(call?.funcname)));
}

/** True if the loop may run more often than there are rows in a statement that changes a few rows. */
export function hasManyRounds(loop: Loop, catalog: Catalog): boolean {
  if (loop.kind === "counted") return loop.rounds > FEW_ROWS;
  if (loop.kind === "until" || !loop.query) return true;
  const scope = scopeOf(catalog, loop.query);
  if (isAggregate(loop)) return false;
  return findAll(loop.query, "SelectStmt").some((SelectStmt) => returnsMany({ SelectStmt }, scope));
}
