/**
 * Tables of which a statement reads more than a few rows. A table counts as read in a few rows only if a unique key is
 * compared with constants, or with columns of sources that themselves have few rows, such as VALUES.
 */

import type { Node, RangeVar, SelectStmt, SubLink } from "libpg-query";
import { as, columnName, conjuncts, findAll, strings, tableKey } from "./ast";
import type { Catalog, Table } from "./catalog";
import { rowsReturned } from "./row-functions";

/** Number of rows up to which a source counts as one with few rows. */
export const FEW_ROWS = 1000;

interface Source {
  readonly alias: string;
  /** Undefined for a source with few rows. */
  readonly table: Table | undefined;
  readonly key: string | undefined;
  /** Tables that a subquery or view reads in whole. */
  readonly inner: readonly string[];
  /** True if functions or a recursion may return many rows. */
  readonly isLong?: boolean;
}

interface Scope {
  readonly catalog: Catalog;
  readonly queries: ReadonlyMap<string, Node>;
  /** Names of the queries that are being read, which can name themselves only in a recursion. */
  readonly reading: ReadonlySet<string>;
  /** Aliases of enclosing queries, whose current row is one row. */
  readonly outer: ReadonlySet<string>;
}

const TRIGGER_ROWS = ["new", "old"];

export function scopeOf(catalog: Catalog, statement: Node): Scope {
  const queries = findAll(statement, "CommonTableExpr").flatMap(({ ctename, ctequery }): [string, Node][] =>
    ctename && ctequery ? [[ctename, ctequery]] : [],
  );
  return { catalog, queries: new Map(queries), reading: new Set(), outer: new Set(TRIGGER_ROWS) };
}

const equality = (name: readonly Node[] | undefined) => strings(name).at(-1) === "=";

/** Flattens joins. Their conditions are added to `conditions`. */
function sourcesOf(item: Node, scope: Scope, conditions: Node[]): Source[] {
  const join = as(item, "JoinExpr");
  if (join) {
    conditions.push(...conjuncts(join.quals));
    return [join.larg, join.rarg].flatMap((side) => (side ? sourcesOf(side, scope, conditions) : []));
  }
  const query = as(item, "RangeSubselect");
  if (query) {
    return [querySource(query.alias?.aliasname ?? "", query.subquery, scope)];
  }
  const called = as(item, "RangeFunction");
  if (called) {
    const isLong = longCalls(called.functions, scope);
    return [{ alias: called.alias?.aliasname ?? "", table: undefined, key: undefined, inner: [], isLong }];
  }
  const relation = as(item, "RangeVar");
  return relation ? [relationSource(relation, scope)] : [];
}

function querySource(alias: string, query: Node | undefined, scope: Scope): Source {
  const inner = query ? unboundedReads(query, scope) : [];
  return { alias, table: undefined, key: undefined, inner, isLong: query && hasLongTargets(query, scope) };
}

/** True if the functions may return more than a few rows. */
function longCalls(tree: unknown, { catalog }: Scope): boolean {
  const rows = findAll(tree, "FuncCall").map((call) => rowsReturned(call, catalog));
  return rows.reduce((product, count) => product * count, 1) > FEW_ROWS;
}

function hasLongTargets(query: Node, scope: Scope): boolean {
  const select = as(query, "SelectStmt");
  if (!select || hasSmallLimit(select)) return false;
  const sides = [select.larg, select.rarg].some(
    (side) => side && hasLongTargets({ SelectStmt: side }, scope),
  );
  return (
    sides || longCalls(select.targetList, scope) || fromSources(select.fromClause, scope).sources.some(isLong)
  );
}

const isLong = ({ isLong: found }: Source) => found === true;

/** True if the query may return more than a few rows. */
export function returnsMany(query: Node, scope: Scope): boolean {
  return unboundedReads(query, scope).length > 0 || hasLongTargets(query, scope);
}

export function relationSource(relation: RangeVar, scope: Scope): Source {
  const alias = relation.alias?.aliasname ?? relation.relname ?? "";
  const name = relation.schemaname ? "" : (relation.relname ?? "");
  const named = scope.queries.get(name);
  if (named && scope.reading.has(name)) {
    return { alias, table: undefined, key: undefined, inner: [], isLong: true };
  }
  if (named) return querySource(alias, named, { ...scope, reading: new Set([...scope.reading, name]) });
  const key = tableKey(relation);
  const table = scope.catalog.tables.get(key);
  if (
    relation.schemaname === "pg_catalog" ||
    relation.schemaname === "information_schema" ||
    /^pg_/.test(key)
  ) {
    return { alias, table: undefined, key: undefined, inner: [] };
  }
  if (scope.catalog.isNewTable(key) && table?.kind !== "view")
    return { alias, table, key: undefined, inner: [] };
  if (table?.kind === "sequence") return { alias, table, key: undefined, inner: [] };
  if (table?.kind === "view" && table.query) {
    return { alias, table: undefined, key: undefined, inner: unboundedReads(table.query, scope) };
  }
  return { alias, table, key, inner: [] };
}

/** Column of the source that an expression names, directly or by a cast. */
function columnOf(node: Node | undefined, source: Source, sources: readonly Source[]): string | undefined {
  const cast = as(node, "TypeCast");
  if (cast) return columnOf(cast.arg, source, sources);
  const parts = strings(as(node, "ColumnRef")?.fields);
  const name = columnName(node);
  if (name === undefined) return undefined;
  if (parts.length > 1) return parts.at(-2) === source.alias ? name : undefined;
  if (sources.length === 1) return name;
  const owners = sources.filter(({ table }) => table?.columns.has(name));
  return owners.length === 1 && owners[0] === source ? name : undefined;
}

/** True if the subquery names a column of a source that is not among the few, so that its value differs by row. */
function isCorrelated(
  link: SubLink,
  few: ReadonlySet<string>,
  sources: readonly Source[],
  scope: Scope,
): boolean {
  const relations = findAll(link, "RangeVar");
  const derived = [...findAll(link, "RangeSubselect"), ...findAll(link, "RangeFunction")];
  const aliases = new Set([
    ...relations.map(({ alias, relname }) => alias?.aliasname ?? relname ?? ""),
    ...derived.map(({ alias }) => alias?.aliasname ?? ""),
  ]);
  const tables = relations.map((relation) => scope.catalog.tables.get(tableKey(relation)));
  return findAll(link.subselect, "ColumnRef").some(({ fields }) => {
    const parts = strings(fields);
    const [name = "", alias] = [parts.at(-1), parts.at(-2)];
    if (alias !== undefined) {
      return !aliases.has(alias) && !few.has(alias) && sources.some((source) => source.alias === alias);
    }
    if (tables.some((table) => table?.columns.has(name))) return false;
    return sources.some((source) => !few.has(source.alias) && source.table?.columns.has(name));
  });
}

/** @param isList true if the node is compared by IN or ANY, so that a subquery in it may compute many values */
function isFew(
  node: Node | undefined,
  few: ReadonlySet<string>,
  sources: readonly Source[],
  scope: Scope,
  isList = false,
): boolean {
  const links = findAll({ node }, "SubLink");
  const isFewLink = (link: SubLink) => {
    const isArray = link.subLinkType === "ARRAY_SUBLINK";
    if (!isArray && link.subLinkType !== "EXPR_SUBLINK") return false;
    if ((isArray || isList) && link.subselect && returnsMany(link.subselect, scope)) return false;
    return !isCorrelated(link, few, sources, scope);
  };
  if (!links.every(isFewLink)) return false;
  const inside = new Set(links.flatMap((link) => findAll(link, "ColumnRef")));
  const columns = findAll({ node }, "ColumnRef").filter((column) => !inside.has(column));
  return columns.every((ColumnRef) => {
    const parts = strings(ColumnRef.fields);
    if (parts.length > 1) {
      const alias = parts.at(-2) ?? "";
      if (sources.some((source) => source.alias === alias)) return few.has(alias);
      return scope.outer.has(alias);
    }
    const [name = ""] = parts;
    const owners = sources.filter(({ table, alias, inner }) => {
      return (
        table?.columns.has(name) ||
        (!table?.isWhole && sources.length > 1 && !few.has(alias) && inner.length === 0)
      );
    });
    return sources.length > 1 && owners.every(({ alias }) => few.has(alias));
  });
}

const MAX_ALTERNATIVES = 64;

/** The columns that are limited in each alternative of all conditions together, such as the sides of an OR. */
function limitedTogether(
  conditions: readonly Node[],
  limited: (node: Node) => string | undefined,
): readonly (readonly string[])[] {
  let together: readonly (readonly string[])[] = [[]];
  for (const node of conditions) {
    const either = as(node, "BoolExpr");
    const column = either ? undefined : limited(node);
    const alternatives =
      either?.boolop === "OR_EXPR"
        ? (either.args ?? []).flatMap((side) => limitedTogether(conjuncts(side), limited))
        : column === undefined
          ? []
          : [[column]];
    if (alternatives.length === 0 || together.length * alternatives.length > MAX_ALTERNATIVES) continue;
    together = together.flatMap((known) => alternatives.map((columns) => [...known, ...columns]));
  }
  return together;
}

/** The source's column that the condition limits to a few values; undefined if there is none. */
function limitedColumn(
  node: Node,
  source: Source,
  sources: readonly Source[],
  few: ReadonlySet<string>,
  scope: Scope,
): string | undefined {
  const link = as(node, "SubLink");
  if (link?.subLinkType === "ANY_SUBLINK" && (!link.operName || equality(link.operName))) {
    const isBounded =
      link.subselect && !returnsMany(link.subselect, scope) && !isCorrelated(link, few, sources, scope);
    return isBounded ? columnOf(link.testexpr, source, sources) : undefined;
  }
  const test = as(node, "A_Expr");
  if (!test || !equality(test.name)) return undefined;
  if (!["AEXPR_OP", "AEXPR_IN", "AEXPR_OP_ANY"].includes(test.kind ?? "")) return undefined;
  const sides: [Node | undefined, Node | undefined][] = [[test.lexpr, test.rexpr]];
  if (test.kind === "AEXPR_OP") sides.push([test.rexpr, test.lexpr]);
  for (const [own, other] of sides) {
    const column = columnOf(own, source, sources);
    const isList = test.kind !== "AEXPR_OP";
    if (column !== undefined && isFew(other, few, sources, scope, isList)) return column;
  }
  return undefined;
}

export function hasUniqueKey(table: Table | undefined, columns: ReadonlySet<string>): boolean {
  return [...(table?.indexes ?? [])].some(({ unique, columns: needed, isPossible }) => {
    return (
      unique &&
      !isPossible &&
      needed !== undefined &&
      needed.length > 0 &&
      needed.every((name) => columns.has(name))
    );
  });
}

export function unboundedSources(
  sources: readonly Source[],
  conditions: readonly Node[],
  scope: Scope,
): Source[] {
  const few = new Set(
    sources
      .filter((source) => source.key === undefined && source.inner.length === 0 && !isLong(source))
      .map(({ alias }) => alias),
  );
  for (let size = -1; size !== few.size; ) {
    size = few.size;
    for (const source of sources) {
      if (few.has(source.alias) || source.key === undefined) continue;
      const alternatives = limitedTogether(conditions, (node) =>
        limitedColumn(node, source, sources, few, scope),
      );
      if (alternatives.every((columns) => hasUniqueKey(source.table, new Set(columns))))
        few.add(source.alias);
    }
  }
  return sources.filter(({ alias }) => !few.has(alias));
}

export function fromSources(
  items: readonly Node[] | undefined,
  scope: Scope,
): { sources: Source[]; conditions: Node[] } {
  const conditions: Node[] = [];
  const sources = (items ?? []).flatMap((item) => sourcesOf(item, scope, conditions));
  return { sources, conditions };
}

function hasSmallLimit({
  limitCount,
  sortClause,
  groupClause,
  whereClause,
  fromClause,
}: SelectStmt): boolean {
  const limit = as(limitCount, "A_Const")?.ival?.ival;
  const isFirstRows = !sortClause && !groupClause && !whereClause && fromClause?.length === 1;
  return limit !== undefined && limit <= FEW_ROWS && isFirstRows;
}

/** Keys of the tables in the query's FROM of which it reads more than a few rows. Ignores subqueries in conditions. */
export function unboundedReads(query: Node, scope: Scope): string[] {
  const select = as(query, "SelectStmt");
  if (!select || hasSmallLimit(select)) return [];
  const sides = [select.larg, select.rarg].flatMap((side) =>
    side ? unboundedReads({ SelectStmt: side }, scope) : [],
  );
  const { sources, conditions } = fromSources(select.fromClause, scope);
  const all = [...conditions, ...conjuncts(select.whereClause)];
  return [
    ...new Set([
      ...sides,
      ...unboundedSources(sources, all, scope).flatMap(({ key, inner }) =>
        key === undefined ? inner : [key],
      ),
    ]),
  ];
}

/** Tables that a statement reads in whole, also in its subqueries. */
export function readTables(node: Node, { catalog }: { readonly catalog: Catalog }): string[] {
  if (!["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"].some((tag) => tag in node))
    return [];
  const scope = scopeOf(catalog, node);
  const selects = findAll(node, "SelectStmt");
  const aliases = findAll(node, "RangeVar").map(({ alias, relname }) => alias?.aliasname ?? relname ?? "");
  const derived = findAll(node, "RangeSubselect").map(({ alias }) => alias?.aliasname ?? "");
  const inner = { ...scope, outer: new Set([...scope.outer, ...aliases, ...derived]) };
  return [...new Set(selects.flatMap((SelectStmt) => unboundedReads({ SelectStmt }, inner)))];
}
