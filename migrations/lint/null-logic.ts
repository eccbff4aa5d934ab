/**
 * Evaluates a CHECK for rows written by the running version, which does not set new columns. Extends SQL's
 * three-valued logic by a fourth value, unknown.
 */

import type { Node } from "libpg-query";
import { as, columnName, columnsIn } from "./ast";

export type Truth = "true" | "false" | "null" | "unknown";
/**
 * Content of a column: `null` is no value, `fits` is a default that is assumed to satisfy the constraint, `unknown`
 * is any value.
 */
export type ColumnState = (column: string) => "null" | "fits" | "unknown";

const inverse: Record<Truth, Truth> = { true: "false", false: "true", null: "null", unknown: "unknown" };

function both(a: Truth, b: Truth): Truth {
  if (a === "false" || b === "false") return "false";
  if (a === "unknown" || b === "unknown") return "unknown";
  return a === "null" || b === "null" ? "null" : "true";
}

/** Truth of a condition without AND, OR and NOT. Operators are assumed to return null if an operand is null. */
function leaf(node: Node, state: ColumnState): Truth {
  const states = columnsIn(node).map(state);
  if (states.length === 0 || states.includes("unknown")) return "unknown";
  if (states.includes("null")) return as(node, "A_Expr") ? "null" : "unknown";
  return "true";
}

export function truthOf(node: Node | undefined, state: ColumnState): Truth {
  const test = as(node, "NullTest");
  const column = columnName(test?.arg);
  if (test && column !== undefined) {
    const found = state(column);
    if (found === "unknown") return "unknown";
    return (found === "null") === (test.nulltesttype === "IS_NULL") ? "true" : "false";
  }
  const logic = as(node, "BoolExpr");
  if (!node || !logic) return node ? leaf(node, state) : "unknown";
  const truths = (logic.args ?? []).map((item) => truthOf(item, state));
  if (logic.boolop === "NOT_EXPR") return inverse[truths[0] ?? "unknown"];
  if (logic.boolop === "AND_EXPR") return truths.reduce(both, "true");
  return inverse[truths.map((truth) => inverse[truth]).reduce(both, "true")];
}
