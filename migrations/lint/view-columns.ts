import type { Node, SelectStmt } from "libpg-query";
import { as, columnName, findAll, keyOf, strings, tableKey } from "./ast";
import type { Catalog } from "./catalog";
import { treeText } from "./constraint-difference";

export interface ViewColumn {
  readonly name: string;
  readonly expression: string;
}

/** See FigureColname in parse_target.c. */
function figuredName(node: Node | undefined): string {
  const cast = as(node, "TypeCast");
  if (cast) {
    const inner = figuredName(cast.arg);
    return inner === "?column?" ? (strings(cast.typeName?.names).at(-1) ?? inner) : inner;
  }
  const call = as(node, "FuncCall");
  if (call) return strings(call.funcname).at(-1) ?? "?column?";
  if (as(node, "CoalesceExpr")) return "coalesce";
  if (as(node, "CaseExpr")) return "case";
  if (as(node, "CollateClause")) return figuredName(as(node, "CollateClause")?.arg);
  return columnName(node) ?? "?column?";
}

/** Columns of the FROM sources, for a `*`. Undefined if the columns of a source are not known. */
function starColumns(
  select: SelectStmt,
  qualifier: string | undefined,
  catalog: Catalog,
): ViewColumn[] | undefined {
  const columns: ViewColumn[] = [];
  for (const relation of findAll(select.fromClause, "RangeVar")) {
    const alias = relation.alias?.aliasname ?? relation.relname ?? "";
    if (qualifier !== undefined && alias !== qualifier) continue;
    const table = catalog.tables.get(tableKey(relation));
    const inner = table?.query ? viewColumns(table.query, table.aliases, catalog) : undefined;
    if (!inner && !table?.isWhole) return undefined;
    const names = inner?.map(({ name }) => name) ?? [...(table?.columns.keys() ?? [])];
    columns.push(...names.map((name) => ({ name, expression: `${keyOf([alias])}.${name}` })));
  }
  return findAll(select.fromClause, "RangeSubselect").length > 0 ? undefined : columns;
}

/** Columns of a view in their order. Undefined if a `*` stands for columns that are not known. */
export function viewColumns(
  query: Node | undefined,
  aliases: readonly Node[] | undefined,
  catalog: Catalog,
): ViewColumn[] | undefined {
  let select = as(query, "SelectStmt");
  while (select?.larg) select = select.larg;
  if (!select?.targetList) return undefined;
  const columns: ViewColumn[] = [];
  for (const item of select.targetList) {
    const target = as(item, "ResTarget");
    const fields = as(target?.val, "ColumnRef")?.fields ?? [];
    if (findAll(fields, "A_Star").length > 0) {
      const all = starColumns(select, strings(fields).at(-1), catalog);
      if (!all) return undefined;
      columns.push(...all);
    } else {
      columns.push({ name: target?.name ?? figuredName(target?.val), expression: treeText(target?.val) });
    }
  }
  const names = strings(aliases);
  return columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));
}
