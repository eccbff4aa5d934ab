/** Reasons for which a trigger function can fail or drop a write. */

import type { Catalog } from "./catalog";
import { tryParsePlPgSql } from "./parser";
import { isTree, someNode } from "./plpgsql-tree";

const ERROR_LEVEL = 21; // See ERROR in elog.h.

function raises(tree: unknown): boolean {
  return someNode(tree, (key, child) => {
    return key === "PLpgSQL_stmt_raise" && isTree(child) && child.elog_level === ERROR_LEVEL;
  });
}

const asserts = (tree: unknown) => someNode(tree, (key) => key === "PLpgSQL_stmt_assert");

function returnsNull(tree: unknown): boolean {
  return someNode(tree, (key, child) => {
    if (key !== "PLpgSQL_stmt_return" || !isTree(child)) return false;
    const expression =
      isTree(child.expr) && isTree(child.expr.PLpgSQL_expr) ? child.expr.PLpgSQL_expr : undefined;
    return typeof expression?.query === "string" && expression.query.trim().toLowerCase() === "null";
  });
}

/**
 * @param isBeforeRow true for a BEFORE trigger for each row, where RETURN NULL drops the row
 * @param definition a definition that is about to replace the function's
 * @returns the reason, such as "raises an exception"; undefined if none is found
 */
export function mayFail(
  name: string,
  catalog: Catalog,
  isBeforeRow: boolean,
  definition?: string,
): string | undefined {
  const routine =
    catalog.overloads(name).find(({ returns }) => returns === "trigger") ?? catalog.overloads(name)[0];
  if (!routine) return "is unknown";
  if (routine.language !== "plpgsql") return `is written in ${routine.language}, which is not analyzed`;
  const tree = tryParsePlPgSql(definition ?? routine.definition);
  if (tree === undefined) return "cannot be read";
  if (raises(tree)) return "raises an exception";
  if (asserts(tree)) return "has an ASSERT";
  if (isBeforeRow && returnsNull(tree)) return "can return null, which drops the row";
  return undefined;
}
