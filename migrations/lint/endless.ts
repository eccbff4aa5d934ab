/** Work whose duration is not limited by the text of the script. */

import type { Node, SelectStmt } from "libpg-query";
import { as, columnName, conjuncts, findAll, keyOf, strings } from "./ast";
import type { Catalog } from "./catalog";
import { executedBy } from "./executed";
import { dependsOnRows, type Loop } from "./loops";
import { rowsReturned } from "./row-functions";

/** Rounds of a loop, or rows of generate_series(), that take a fraction of a second. */
const MAX_ROUNDS = 100_000;

const SLEEPS = ["pg_sleep", "pg_sleep_for", "pg_sleep_until"];

/** Integers in the conditions that are larger than the limit. */
const hasLargeNumber = (conditions: readonly Node[]) =>
  findAll(conditions, "A_Const").some(
    ({ ival, fval }) => (ival?.ival ?? Number(fval?.fval ?? 0)) > MAX_ROUNDS,
  );

function endlessLoop(loop: Loop): string | undefined {
  if (loop.kind === "counted") {
    return loop.rounds > MAX_ROUNDS ? "a loop has more than 100,000 rounds, or an unknown number" : undefined;
  }
  if (loop.kind === "rows") return undefined; // Its query is reported if it reads many rows.
  if (!loop.ends) return "a loop has no end";
  const isUnknown = dependsOnRows(loop.conditions) || hasLargeNumber(loop.conditions);
  return isUnknown ? "the end of a loop depends on rows, or on a large number" : undefined;
}

/** True if a condition of the recursive part limits a column by a constant below the limit. */
function isLimited({ whereClause }: SelectStmt): boolean {
  return conjuncts(whereClause).some((node) => {
    const test = as(node, "A_Expr");
    const [operator = ""] = strings(test?.name);
    const isBelow = operator.startsWith("<") && columnName(test?.lexpr) !== undefined;
    const limit = as(isBelow ? test?.rexpr : undefined, "A_Const");
    return limit !== undefined && !limit.fval && (limit.ival?.ival ?? 0) <= MAX_ROUNDS;
  });
}

/** A recursion whose rows come from no table, so that only its condition can end it. */
function endlessRecursion(node: Node): string | undefined {
  const endless = findAll(node, "CommonTableExpr").find(({ ctename, ctequery }) => {
    const part = as(ctequery, "SelectStmt")?.rarg;
    const relations = findAll(part, "RangeVar");
    const isOwn = relations.length > 0 && relations.every(({ relname }) => relname === ctename);
    return part !== undefined && isOwn && !isLimited(part);
  });
  return endless && `the recursion ${endless.ctename} has no limit that the script states`;
}

function longSeries(node: Node, catalog: Catalog): string | undefined {
  const isLong = executedBy(node).some((query) => {
    const series = findAll(query, "FuncCall").filter(
      ({ funcname }) => keyOf(strings(funcname)) === "generate_series",
    );
    return series.reduce((product, call) => product * rowsReturned(call, catalog), 1) > MAX_ROUNDS;
  });
  return isLong ? "generate_series() returns more than 100,000 rows, or an unknown number" : undefined;
}

function sleep(node: Node): string | undefined {
  const call = executedBy(node)
    .flatMap((query) => findAll(query, "FuncCall"))
    .find(({ funcname }) => SLEEPS.includes(keyOf(strings(funcname))));
  return call && `it calls ${keyOf(strings(call.funcname))}()`;
}

export interface EndlessWork {
  readonly reason: string;
  /** Line relative to the statement. */
  readonly line: number;
}

export function endlessLoops(
  innerLoops: readonly { readonly loop: Loop; readonly line: number }[],
): EndlessWork[] {
  return innerLoops.flatMap(({ loop, line }): EndlessWork[] => {
    const reason = endlessLoop(loop);
    return reason === undefined ? [] : [{ reason, line }];
  });
}

/** Work of the statement itself, without code that it runs. */
export function endlessWork(node: Node, catalog: Catalog): EndlessWork[] {
  const reason = sleep(node) ?? longSeries(node, catalog) ?? endlessRecursion(node);
  return reason === undefined ? [] : [{ reason, line: 1 }];
}
