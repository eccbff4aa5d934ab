/** Loops of PL/pgSQL, and the known limits of their rounds. */

import type { Node } from "libpg-query";
import { as, findAll } from "./ast";
import { isTree, parsedQuery, queryOf, someNode, type Tree } from "./plpgsql-tree";

export type Loop =
  /** A round for each row of the query; undefined if the query is not known. Also a query that calls a function. */
  | { readonly kind: "rows"; readonly query?: Node }
  /** A known number of rounds; infinity if the bounds are not constants. */
  | { readonly kind: "counted"; readonly rounds: number }
  /** WHILE, or LOOP with EXIT. */
  | { readonly kind: "until"; readonly conditions: readonly Node[]; readonly ends: boolean };

function constant(value: unknown): number {
  const text = queryOf(value)?.replace(/^SELECT/, "") ?? "";
  return /^\s*-?[\d_]+\s*$/.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN;
}

function countedRounds({ lower, upper, step }: Tree): number {
  const by = step === undefined ? 1 : constant(step);
  const rounds = Math.floor(Math.abs(constant(upper) - constant(lower)) / by) + 1;
  return Number.isNaN(rounds) ? Number.POSITIVE_INFINITY : rounds;
}

function arrayRounds({ expr }: Tree): number {
  const [target] = as(parsedQuery(expr), "SelectStmt")?.targetList ?? [];
  const array = as(as(target, "ResTarget")?.val, "A_ArrayExpr");
  return array?.elements?.length ?? Number.POSITIVE_INFINITY;
}

/** Statements that can leave a loop. */
const LEAVING = ["PLpgSQL_stmt_exit", "PLpgSQL_stmt_return", "PLpgSQL_stmt_raise"];

function untilLoop(loop: Tree): Loop {
  const conditions: Node[] = [];
  const collect = (value: unknown) => {
    const parsed = parsedQuery(value);
    if (parsed) conditions.push(parsed);
  };
  collect(loop.cond);
  const leaves = someNode(loop.body, (key, child) => {
    if (key === "PLpgSQL_stmt_exit" && isTree(child)) collect(child.cond);
    if (key === "PLpgSQL_stmt_if" && isTree(child)) collect(child.cond);
    return false;
  });
  const isAlwaysTrue = loop.cond === undefined || /^SELECT\s+true\s*$/i.test(queryOf(loop.cond) ?? "");
  const ends = leaves || !isAlwaysTrue || someNode(loop.body, (key) => LEAVING.includes(key));
  return { kind: "until", conditions, ends };
}

/** The loop of a node in the tree of PL/pgSQL code. Undefined for other nodes. */
export function loopOf(key: string, loop: Tree): Loop | undefined {
  switch (key) {
    case "PLpgSQL_stmt_fori":
      return { kind: "counted", rounds: countedRounds(loop) };
    case "PLpgSQL_stmt_foreach_a":
      return { kind: "counted", rounds: arrayRounds(loop) };
    case "PLpgSQL_stmt_fors":
      return { kind: "rows", query: parsedQuery(loop.query) };
    case "PLpgSQL_stmt_forc":
    case "PLpgSQL_stmt_dynfors":
      return { kind: "rows" };
    case "PLpgSQL_stmt_while":
    case "PLpgSQL_stmt_loop":
      return untilLoop(loop);
    default:
      return undefined;
  }
}

/** True if the loop's conditions depend on rows of tables, so that its rounds are not those on an empty database. */
export function dependsOnRows(conditions: readonly Node[]): boolean {
  return findAll(conditions, "RangeVar").length > 0;
}
