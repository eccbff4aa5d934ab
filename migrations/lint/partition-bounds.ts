import type { Node, PartitionBoundSpec } from "libpg-query";
import { as, columnName, conjuncts, strings } from "./ast";
import type { Catalog, Table } from "./catalog";
import { treeText } from "./constraint-difference";

function constantText(node: Node | undefined): string | undefined {
  const cast = as(node, "TypeCast");
  if (cast) return constantText(cast.arg);
  return as(node, "A_Const") && treeText(node);
}

function hasComparison(
  conditions: readonly Node[],
  column: string,
  operator: string,
  value: Node | undefined,
): boolean {
  const wanted = constantText(value);
  return conditions.some((condition) => {
    const test = as(condition, "A_Expr");
    if (columnName(test?.lexpr) !== column) return false;
    if (test?.kind === "AEXPR_OP")
      return (
        strings(test.name).at(-1) === operator && wanted !== undefined && constantText(test.rexpr) === wanted
      );
    return false;
  });
}

const isOpenEnd = (datum: Node | undefined) => /^(?:minvalue|maxvalue)$/.test(columnName(datum) ?? "");

/** True if validated checks of the table imply the bounds, so that ATTACH PARTITION does not scan it. */
export function impliesBounds(
  catalog: Catalog,
  table: Table,
  key: readonly string[],
  bound: PartitionBoundSpec | undefined,
): boolean {
  const [column, ...others] = key;
  if (column === undefined || others.length > 0 || !bound || bound.is_default) return false;
  if (!catalog.isProvenNotNull(table, column)) return false;
  const conditions = [...table.constraints.values()].flatMap(
    ({ kind, validated, isPossible, expression }) => {
      return kind === "check" && validated && !isPossible ? conjuncts(expression) : [];
    },
  );
  if (bound.strategy === "r") {
    const [[lower], [upper]] = [bound.lowerdatums ?? [], bound.upperdatums ?? []];
    return (
      (isOpenEnd(lower) || hasComparison(conditions, column, ">=", lower)) &&
      (isOpenEnd(upper) || hasComparison(conditions, column, "<", upper))
    );
  }
  if (bound.strategy !== "l") return false;
  const allowed = (bound.listdatums ?? []).map(constantText);
  return conditions.some((condition) => {
    const test = as(condition, "A_Expr");
    if (columnName(test?.lexpr) !== column || strings(test?.name).at(-1) !== "=") return false;
    if (test?.kind !== "AEXPR_OP" && test?.kind !== "AEXPR_IN") return false;
    const values = test.kind === "AEXPR_IN" ? (as(test.rexpr, "List")?.items ?? []) : [test.rexpr];
    return values.every(
      (value) => constantText(value) !== undefined && allowed.includes(constantText(value)),
    );
  });
}
