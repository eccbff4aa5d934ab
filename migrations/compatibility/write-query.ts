import type { MergeStmt, Node, RangeVar } from "libpg-query";
import { as, columnName, columnsIn, conjuncts, findAll, strings } from "../lint/ast";
import { tryParse } from "../lint/parser";
import { formatName } from "../script/name";

/** A statement that changes rows, with the columns of its parameters. */
export interface WriteQuery {
  readonly kind: "INSERT" | "UPDATE" | "DELETE" | "MERGE";
  /** Table with the quotes that SQL needs. */
  readonly table: string;
  /** Column that gets the parameter's value, by the parameter's number. */
  readonly written: ReadonlyMap<number, string>;
  /** Column of the changed row that is compared with the parameter. */
  readonly compared: ReadonlyMap<number, string>;
  /** Column of another table that is compared with the parameter, as in `(SELECT id FROM kinds WHERE name = $1)`. */
  readonly lookups: ReadonlyMap<number, { readonly table: string; readonly column: string }>;
  /** True for INSERT … ON CONFLICT DO UPDATE, and for a MERGE that inserts rows and changes those that exist. */
  readonly isUpsert: boolean;
  /** Table from which a MERGE reads its rows, and the columns that the statement names. */
  readonly source?: { readonly table: string; readonly columns: readonly string[] };
  /** Columns of an INSERT without a list, in the order of the table. */
  readonly isUnlisted: boolean;
  /** Parameters by position in each row, for an INSERT without a list of columns. */
  readonly positions: ReadonlyMap<number, number>;
}

/** The parameter, if the node is only a parameter with or without a cast. */
function parameterOf(node: Node | undefined): number | undefined {
  const cast = as(node, "TypeCast");
  return cast ? parameterOf(cast.arg) : as(node, "ParamRef")?.number;
}

const nameOf = (relation: RangeVar | undefined) =>
  formatName([relation?.schemaname, relation?.relname].filter((part) => part !== undefined));

/** Expressions of an INSERT's rows, by position. */
function insertedRows(select: Node | undefined): readonly (readonly Node[])[] {
  const query = as(select, "SelectStmt");
  const values = query?.valuesLists?.flatMap((item) => as(item, "List")?.items ?? []);
  if (query?.valuesLists) return query.valuesLists.map((item) => as(item, "List")?.items ?? values ?? []);
  return [(query?.targetList ?? []).flatMap((item) => as(item, "ResTarget")?.val ?? [])];
}

function comparedColumns(where: Node | undefined): Map<number, string> {
  const pairs = conjuncts(where).flatMap((node): [number, string][] => {
    const test = as(node, "A_Expr");
    const column = columnName(test?.lexpr) ?? columnName(test?.rexpr);
    if (column === undefined || strings(test?.name).at(-1) !== "=") return [];
    const number = parameterOf(test?.rexpr) ?? parameterOf(test?.lexpr);
    return number === undefined ? [] : [[number, column]];
  });
  return new Map(pairs);
}

function lookupsIn(node: Node | undefined, changed: string): WriteQuery["lookups"] {
  const found = findAll(node, "SelectStmt").flatMap(({ fromClause = [], whereClause }) => {
    const [relation, other] = fromClause.flatMap((item) => as(item, "RangeVar") ?? []);
    const table = nameOf(relation);
    if (!relation || other || table === changed) return [];
    return [...comparedColumns(whereClause)].map(([number, column]) => [number, { table, column }] as const);
  });
  return new Map(found);
}

/** Columns that the targets of an UPDATE set, by the number of the parameter. */
function setColumns(targets: readonly Node[] | undefined, find = parameterOf): Map<number, string> {
  const pairs = (targets ?? []).flatMap((item): [number, string][] => {
    const target = as(item, "ResTarget");
    const number = find(target?.val);
    return number === undefined || !target?.name ? [] : [[number, target.name]];
  });
  return new Map(pairs);
}

/** The statement itself, or the first in WITH that changes rows, if the statement is a SELECT. */
function changeIn(statement: Node | undefined): Node | undefined {
  const ctes = as(statement, "SelectStmt")?.withClause?.ctes ?? [];
  const changes = ctes.flatMap((item) => as(item, "CommonTableExpr")?.ctequery ?? []);
  return changes.find((node) => !("SelectStmt" in node)) ?? statement;
}

/**
 * Reads an INSERT, UPDATE, DELETE or MERGE, also in WITH. Undefined for any other statement. `loadParser()` must have
 * been awaited.
 */
export function readWriteQuery(sql: string): WriteQuery | undefined {
  const node = changeIn(tryParse(sql)?.[0]);
  const insert = as(node, "InsertStmt");
  const none = new Map<number, never>();
  if (insert) {
    const columns = (insert.cols ?? []).flatMap((item) => as(item, "ResTarget")?.name ?? []);
    const written = new Map<number, string>();
    const positions = new Map<number, number>();
    for (const row of insertedRows(insert.selectStmt)) {
      for (const [i, value] of row.entries()) {
        const number = parameterOf(value);
        if (number === undefined) continue;
        positions.set(number, i);
        const column = columns[i];
        if (column !== undefined) written.set(number, column);
      }
    }
    const table = nameOf(insert.relation);
    return {
      kind: "INSERT",
      table,
      lookups: lookupsIn(insert.selectStmt, table),
      written,
      compared: none,
      isUpsert: insert.onConflictClause?.action === "ONCONFLICT_UPDATE",
      isUnlisted: columns.length === 0,
      positions,
    };
  }
  const merge = as(node, "MergeStmt");
  if (merge) return mergeQuery(merge);
  const update = as(node, "UpdateStmt");
  const change = update ?? as(node, "DeleteStmt");
  if (!change) return undefined;
  const written = setColumns(update?.targetList);
  const table = nameOf(change.relation);
  return {
    kind: update ? "UPDATE" : "DELETE",
    table,
    lookups: lookupsIn(node, table),
    written,
    compared: comparedColumns(change.whereClause),
    isUpsert: false,
    isUnlisted: false,
    positions: none,
  };
}

/** Parameters behind the columns of a MERGE's source, such as `(VALUES ($1, $2)) AS s (id, name)`. */
function sourceParameters(source: Node | undefined): ReadonlyMap<string, number> {
  const { subquery, alias } = as(source, "RangeSubselect") ?? {};
  const select = as(subquery, "SelectStmt");
  const named = strings(alias?.colnames);
  const targets = (select?.targetList ?? []).map((item) => as(item, "ResTarget")?.name);
  const found = insertedRows(subquery).flatMap((row) =>
    row.flatMap((value, i): [string, number][] => {
      const [number, name] = [parameterOf(value), named[i] ?? targets[i] ?? `column${i + 1}`];
      return number === undefined ? [] : [[name, number]];
    }),
  );
  return new Map(found);
}

function mergeQuery(merge: MergeStmt): WriteQuery {
  const { relation, sourceRelation, joinCondition, mergeWhenClauses } = merge;
  const parameters = sourceParameters(sourceRelation);
  const target = relation?.alias?.aliasname ?? relation?.relname;
  const find = (node: Node | undefined): number | undefined => {
    const cast = as(node, "TypeCast");
    if (cast) return find(cast.arg);
    const parts = strings(as(node, "ColumnRef")?.fields);
    return parts.at(-2) === target && parts.length > 1
      ? undefined
      : (parameterOf(node) ?? parameters.get(parts.at(-1) ?? ""));
  };
  const actions = (mergeWhenClauses ?? []).flatMap((item) => as(item, "MergeWhenClause") ?? []);
  const inserts = actions.filter(({ commandType }) => commandType === "CMD_INSERT");
  const changes = actions.filter(({ commandType }) =>
    ["CMD_UPDATE", "CMD_DELETE"].includes(commandType ?? ""),
  );
  const keys = conjuncts(joinCondition).flatMap((node): [number, string][] => {
    const test = as(node, "A_Expr");
    const sides = [test?.lexpr, test?.rexpr];
    const number = sides.map(find).find((found) => found !== undefined);
    const column = sides.filter((side) => find(side) === undefined).map(columnName)[0];
    return number === undefined || column === undefined ? [] : [[number, column]];
  });
  const set = changes.flatMap(({ targetList }) => [...setColumns(targetList, find)]);
  const inserted = inserts.flatMap(({ targetList = [], values = [] }) =>
    targetList.flatMap((item, i): [number, string][] => {
      const [number, name] = [find(values[i]), as(item, "ResTarget")?.name];
      return number === undefined || name === undefined ? [] : [[number, name]];
    }),
  );
  const source = as(sourceRelation, "RangeVar");
  return {
    kind: "MERGE",
    table: nameOf(relation),
    written: new Map([...(inserts.length > 0 ? keys : []), ...set, ...inserted]),
    compared: new Map(inserts.length > 0 ? [] : keys),
    lookups: new Map(),
    isUpsert: inserts.length > 0 && changes.length > 0,
    isUnlisted: false,
    positions: new Map(),
    ...(source && { source: { table: nameOf(source), columns: columnsIn(merge) } }),
  };
}
