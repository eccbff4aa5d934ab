import type { ColumnDef, Constraint as ConstraintNode, IndexStmt, Node } from "libpg-query";
import { parseName, quoteName } from "../script/name";
import { as, columnsIn, findAll, keyOf, provesNotNull, strings, tableKey, typeReference } from "./ast";
import type { Catalog, Column, Constraint, ConstraintKind, Index, OmittedValue, Table } from "./catalog";
import { defaultName } from "./default-names";

const KINDS: Partial<Record<string, ConstraintKind>> = {
  CONSTR_CHECK: "check",
  CONSTR_FOREIGN: "foreign",
  CONSTR_UNIQUE: "unique",
  CONSTR_PRIMARY: "primary",
  CONSTR_EXCLUSION: "exclusion",
  CONSTR_NOTNULL: "not-null",
};

const LABELS: Record<ConstraintKind, string> = {
  check: "check",
  foreign: "fkey",
  unique: "key",
  primary: "pkey",
  exclusion: "excl",
  "not-null": "not_null",
};

/** A UNIQUE, PRIMARY KEY or NOT NULL constraint is always enforced. */
export function isEnforced({ contype, is_enforced }: ConstraintNode): boolean {
  return is_enforced === true || !["CONSTR_CHECK", "CONSTR_FOREIGN"].includes(contype ?? "");
}

/** Attributes that follow a constraint in the definition of a column. */
const ATTRIBUTES: Partial<Record<string, Partial<ConstraintNode>>> = {
  CONSTR_ATTR_NOT_ENFORCED: { is_enforced: false, skip_validation: true },
  CONSTR_ATTR_DEFERRABLE: { deferrable: true },
  CONSTR_ATTR_DEFERRED: { deferrable: true, initdeferred: true },
};

/** Constraints in the definition of a column, with the attributes that follow each. */
export function columnConstraints({ constraints }: ColumnDef): readonly ConstraintNode[] {
  const found: ConstraintNode[] = [];
  for (const node of constraints ?? []) {
    const constraint = as(node, "Constraint");
    const last = found.at(-1);
    const attribute = ATTRIBUTES[constraint?.contype ?? ""];
    if (attribute && last) found[found.length - 1] = { ...last, ...attribute };
    else if (constraint) found.push(constraint);
  }
  return found;
}

export const SERIAL_TYPE = /^(?:big|small)?serial[248]?$/;

export function constraintKind({ contype }: ConstraintNode): ConstraintKind | undefined {
  return KINDS[contype ?? ""];
}

/** Key of an object in the schema of the table, such as an index. */
export function besideTable(tableName: string, name: string): string {
  if (!tableName.includes(".")) return quoteName(name);
  return keyOf([...(parseName(tableName) ?? []).slice(0, -1), name]);
}

const lastPart = (key: string) => (/[".]/.test(key) ? (parseName(key)?.at(-1) ?? key) : key);

/** @param column set for a constraint in a column definition */
export function constrainedColumns(
  node: ConstraintNode,
  catalog: Catalog,
  table: string,
  column?: string,
): readonly string[] {
  const named = [...strings(node.keys), ...strings(node.fk_attrs)];
  if (named.length > 0) return named;
  if (node.raw_expr) return columnsIn(node.raw_expr);
  if (node.indexname) return catalog.indexes.get(besideTable(table, node.indexname))?.columns ?? [];
  if (node.exclusions) return findAll(node.exclusions, "IndexElem").flatMap(({ name }) => name ?? []);
  return column === undefined ? [] : [column];
}

export function mentionedColumns(tree: unknown, table: string): string[] {
  const columns = columnsIn(tree);
  const isWholeRow = columns.includes(lastPart(table)) || findAll(tree, "A_Star").length > 0;
  return isWholeRow ? [...columns, "*"] : columns;
}

interface IndexParts {
  readonly elements: readonly Node[] | undefined;
  readonly included: readonly Node[] | undefined;
  readonly predicate: Node | undefined;
}

function addIndex(
  catalog: Catalog,
  table: Table,
  name: string,
  { elements = [], included = [], predicate }: IndexParts,
  properties: Pick<Index, "unique" | "ofConstraint" | "isPossible">,
): void {
  const keys = elements.flatMap((item) => as(item, "IndexElem") ?? []);
  const isPlain = !predicate && keys.every((element) => element.name !== undefined);
  const named = keys.flatMap((element) => element.name ?? []);
  const others = [predicate, included, keys.map(({ expr }) => expr)].flatMap((tree) =>
    mentionedColumns(tree, table.key),
  );
  const covering = included.flatMap((item) => as(item, "IndexElem")?.name ?? []);
  catalog.addIndex({
    key: besideTable(table.key, name),
    table,
    addedIn: catalog.current,
    columns: isPlain ? named : undefined,
    leading: keys[0]?.name,
    mentions: [...new Set([...named, ...covering, ...others])],
    ...properties,
  });
}

function expressionName(expression: Node | undefined): string {
  const call = as(expression, "FuncCall");
  return call ? (strings(call.funcname).at(-1) ?? "expr") : "expr";
}

/** Name of the index: its own, or the one that PostgreSQL will choose. */
export function indexName(catalog: Catalog, { idxname, indexParams, relation }: IndexStmt): string {
  if (idxname) return idxname;
  const elements = (indexParams ?? []).flatMap((item) => as(item, "IndexElem") ?? []);
  const columns = elements.map(({ name, expr }) => name ?? expressionName(expr));
  const table = tableKey(relation);
  return defaultName(lastPart(table), columns, "idx", (name) =>
    catalog.indexes.has(besideTable(table, name)),
  );
}

/** True for IF NOT EXISTS of an index that an earlier statement has certainly created. */
export function isExistingIndex(catalog: Catalog, node: IndexStmt): boolean {
  if (!node.if_not_exists) return false;
  return (
    catalog.indexes.get(besideTable(tableKey(node.relation), indexName(catalog, node)))?.isPossible === false
  );
}

/** @param isPossible true if the statement is in code that may not run */
export function createIndex(catalog: Catalog, node: IndexStmt, isPossible: boolean): void {
  const table = catalog.table(tableKey(node.relation));
  const name = indexName(catalog, node);
  if (node.if_not_exists && catalog.indexes.has(besideTable(table.key, name))) return;
  addIndex(
    catalog,
    table,
    name,
    {
      elements: node.indexParams,
      included: node.indexIncludingParams,
      predicate: node.whereClause,
    },
    { unique: node.unique === true, ofConstraint: false, isPossible },
  );
}

export function constraintName(
  catalog: Catalog,
  table: Table,
  node: ConstraintNode,
  kind: ConstraintKind,
  columns: readonly string[],
): string {
  if (node.conname) return node.conname;
  if (node.indexname) return node.indexname;
  const shown = kind === "primary" || (kind === "check" && columns.length !== 1) ? [] : columns;
  return defaultName(lastPart(table.key), shown, LABELS[kind], (name) => {
    return table.constraints.has(name) || catalog.indexes.has(besideTable(table.key, name));
  });
}

export function addConstraint(
  catalog: Catalog,
  table: Table,
  node: ConstraintNode,
  { column, isPossible = false }: { readonly column?: string; readonly isPossible?: boolean } = {},
): void {
  const kind = constraintKind(node);
  if (!kind) return;
  const columns = constrainedColumns(node, catalog, table.key, column);
  const validated = !node.skip_validation && isEnforced(node);
  const proves = kind === "check" ? provesNotNull(node.raw_expr) : kind === "not-null" ? columns : [];
  const name = constraintName(catalog, table, node, kind, columns);
  const references = node.pktable ? catalog.table(tableKey(node.pktable)) : undefined;
  table.constraints.set(name, {
    addedIn: catalog.current,
    kind,
    columns,
    references,
    referencedColumns: referencedColumns(node, references),
    deleteAction: node.fk_del_action ?? "a",
    updateAction: node.fk_upd_action ?? "a",
    matchType: node.fk_matchtype ?? "s",
    isEnforced: isEnforced(node),
    checkedAt: checkTime(node.deferrable, node.initdeferred),
    proves: isPossible ? [] : proves,
    validated: validated && !isPossible,
    expression: node.raw_expr,
    isPossible,
  });
  if (["unique", "primary", "exclusion"].includes(kind)) {
    const used = node.indexname ? catalog.indexes.get(besideTable(table.key, node.indexname)) : undefined;
    if (used) catalog.removeIndex(used);
    const elements = node.exclusions
      ? findAll(node.exclusions, "IndexElem").map((IndexElem): Node => ({ IndexElem }))
      : columns.map((key): Node => ({ IndexElem: { name: key } }));
    const parts = { elements, included: node.including, predicate: node.where_clause };
    const unique = kind !== "exclusion";
    addIndex(catalog, table, name, parts, { unique, ofConstraint: true, isPossible });
  }
  if (!isPossible && (kind === "primary" || (kind === "not-null" && validated))) {
    for (const name of columns) {
      const known = table.columns.get(name);
      if (known) known.notNull = true;
    }
  }
}

export function checkTime(deferrable = false, initiallyDeferred = false): Constraint["checkedAt"] {
  if (initiallyDeferred) return "commit";
  return deferrable ? "statement, or commit if deferred" : "statement";
}

function referencedColumns(node: ConstraintNode, references: Table | undefined): readonly string[] {
  const named = strings(node.pk_attrs);
  if (named.length > 0) return named;
  return [...(references?.constraints.values() ?? [])].find(({ kind }) => kind === "primary")?.columns ?? [];
}

export function isNullConstant(node: Node | undefined): boolean {
  const cast = as(node, "TypeCast");
  return cast ? isNullConstant(cast.arg) : as(node, "A_Const")?.isnull === true;
}

export function omittedValue(isSerial: boolean, constraints: readonly ConstraintNode[]): OmittedValue {
  if (isSerial) return { kind: "numbered" };
  for (const { contype, raw_expr: expression } of constraints) {
    if (contype === "CONSTR_IDENTITY") return { kind: "numbered" };
    if (contype === "CONSTR_GENERATED" && expression) return { kind: "generated", expression };
    if (contype === "CONSTR_DEFAULT" && expression && !isNullConstant(expression))
      return { kind: "default", expression };
  }
  return { kind: "null" };
}

/** @param mayExist true for IF NOT EXISTS, where an older column of the same name may be kept */
export function addColumn(catalog: Catalog, table: Table, definition: ColumnDef, mayExist = false): void {
  const { colname, typeName, collClause } = definition;
  if (colname === undefined) return;
  const nodes = columnConstraints(definition);
  const serial = SERIAL_TYPE.test(keyOf(strings(typeName?.names)));
  const types = nodes.map(({ contype }) => contype);
  const isUnsure = mayExist && (!table.isWhole || table.possibleColumns.has(colname));
  const column: Column = {
    addedIn: isUnsure ? undefined : catalog.current,
    type: isUnsure ? undefined : typeName && typeReference(typeName),
    collation: collClause ? keyOf(strings(collClause.collname)) : undefined,
    notNull:
      !isUnsure &&
      (serial ||
        types.some((type) => ["CONSTR_NOTNULL", "CONSTR_PRIMARY", "CONSTR_IDENTITY"].includes(type ?? ""))),
    omitted: isUnsure ? { kind: "unknown" } : omittedValue(serial, nodes),
    isCertain: !isUnsure,
  };
  table.columns.set(colname, column);
  if (column.omitted.kind === "numbered") {
    const sequence = defaultName(lastPart(table.key), [colname], "seq", (name) =>
      catalog.tables.has(besideTable(table.key, name)),
    );
    catalog.addTable(besideTable(table.key, sequence), "sequence", { createdIn: table.createdIn });
  }
  for (const node of nodes) addConstraint(catalog, table, node, { column: colname, isPossible: isUnsure });
}

export function dropConstraint(catalog: Catalog, table: Table, name: string): void {
  const constraint = table.constraints.get(name);
  if (!constraint) return;
  table.constraints.delete(name);
  catalog.dropped.set(table, [...(catalog.dropped.get(table) ?? []), constraint]);
  const index = catalog.indexes.get(besideTable(table.key, name));
  if (index?.ofConstraint) catalog.removeIndex(index);
  if (constraint.kind === "not-null") dropNotNull(table, constraint.columns);
}

export function dropNotNull(table: Table, columns: readonly string[]): void {
  for (const name of columns) {
    const known = table.columns.get(name);
    if (known) known.notNull = false;
    for (const [key, { kind, columns: constrained }] of table.constraints) {
      if (kind === "not-null" && constrained.includes(name)) table.constraints.delete(key);
    }
  }
}

export function dropColumn(catalog: Catalog, table: Table, name: string): void {
  table.columns.delete(name);
  for (const [key, { columns }] of table.constraints) {
    if (columns.includes(name)) dropConstraint(catalog, table, key);
  }
  for (const index of table.indexes) if (index.mentions.includes(name)) catalog.removeIndex(index);
}

export function renameColumn(table: Table, from: string, to: string): void {
  const renamed = (names: readonly string[]) => names.map((name) => (name === from ? to : name));
  const column = table.columns.get(from);
  table.columns.delete(from);
  if (column) table.columns.set(to, column);
  for (const constraint of table.constraints.values()) {
    if (constraint.columns.includes(from)) constraint.expression = undefined;
    constraint.columns = renamed(constraint.columns);
    constraint.proves = renamed(constraint.proves);
  }
  for (const index of table.indexes) {
    index.columns = index.columns && renamed(index.columns);
    index.mentions = renamed(index.mentions);
    if (index.leading === from) index.leading = to;
  }
}

export function renameConstraint(catalog: Catalog, table: Table, from: string, to: string): void {
  const constraint = table.constraints.get(from);
  if (!constraint) return;
  table.constraints.delete(from);
  table.constraints.set(to, constraint);
  const index = catalog.indexes.get(besideTable(table.key, from));
  if (index?.ofConstraint) renameIndex(catalog, index, to);
}

export function renameIndex(catalog: Catalog, index: Index, to: string): void {
  const from = lastPart(index.key);
  catalog.indexes.delete(index.key);
  index.key = besideTable(index.table.key, to);
  catalog.indexes.set(index.key, index);
  const constraint = index.table.constraints.get(from);
  if (!index.ofConstraint || !constraint) return;
  index.table.constraints.delete(from);
  index.table.constraints.set(to, constraint);
}

export function renameTable(catalog: Catalog, table: Table, parts: readonly string[]): void {
  const from = table.key;
  catalog.tables.delete(from);
  if (table.renamed?.script !== catalog.current) {
    table.renamed = { script: catalog.current, from };
    catalog.renamedNow.set(from, table);
  }
  table.key = keyOf(parts);
  catalog.tables.set(table.key, table);
  for (const index of table.indexes) {
    catalog.indexes.delete(index.key);
    index.key = besideTable(table.key, lastPart(index.key));
    catalog.indexes.set(index.key, index);
  }
}
