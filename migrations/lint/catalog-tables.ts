import type { AlterTableCmd, ColumnDef, Constraint as ConstraintNode } from "libpg-query";
import { as, columnsIn, keyOf, provesNotNull, strings, tableKey, typeReference } from "./ast";
import type { Catalog, ConstraintKind, Table } from "./catalog";

const kinds: Partial<Record<string, ConstraintKind>> = {
  CONSTR_CHECK: "check",
  CONSTR_FOREIGN: "foreign",
  CONSTR_UNIQUE: "unique",
  CONSTR_PRIMARY: "primary",
  CONSTR_EXCLUSION: "exclusion",
  CONSTR_NOTNULL: "not-null",
};

export function constraintKind({ contype }: ConstraintNode): ConstraintKind | undefined {
  return kinds[contype ?? ""];
}

/** @param column set for a constraint in a column definition */
export function constrainedColumns(
  node: ConstraintNode,
  catalog: Catalog,
  column?: string,
): readonly string[] {
  const named = [...strings(node.keys), ...strings(node.fk_attrs)];
  if (named.length > 0) return named;
  if (node.raw_expr) return columnsIn(node.raw_expr);
  if (node.indexname) return catalog.indexes.get(node.indexname)?.columns ?? [];
  return column === undefined ? [] : [column];
}

/**
 * PostgreSQL's default constraint name, without the truncation to 63 bytes. See ChooseConstraintName in
 * pg_constraint.c.
 */
function defaultName(table: Table, kind: ConstraintKind, columns: readonly string[]): string {
  const relation = table.key.split(".").at(-1) ?? "";
  const parts =
    kind === "primary"
      ? [relation, "pkey"]
      : kind === "check"
        ? [relation, ...(columns.length === 1 ? columns : []), "check"]
        : [
            relation,
            ...columns,
            { foreign: "fkey", unique: "key", exclusion: "excl", "not-null": "not_null" }[kind],
          ];
  const name = parts.join("_");
  for (let i = 0; ; i++) {
    const candidate = i === 0 ? name : `${name}${i}`;
    if (!table.constraints.has(candidate)) return candidate;
  }
}

export function addConstraint(catalog: Catalog, table: Table, node: ConstraintNode, column?: string): void {
  const kind = constraintKind(node);
  if (!kind) return;
  const columns = constrainedColumns(node, catalog, column);
  const validated = !node.skip_validation && node.is_enforced !== false;
  const proves = kind === "check" ? provesNotNull(node.raw_expr) : kind === "not-null" ? columns : [];
  table.constraints.set(node.conname ?? node.indexname ?? defaultName(table, kind, columns), {
    addedIn: catalog.current,
    kind,
    columns,
    ...(node.pktable ? { references: tableKey(node.pktable) } : {}),
    cascades: [node.fk_del_action, node.fk_upd_action].some((action) =>
      ["c", "n", "d"].includes(action ?? ""),
    ),
    proves,
    validated,
  });
  if (kind === "primary" || (kind === "not-null" && validated)) {
    for (const name of columns) {
      const known = table.columns.get(name);
      if (known) known.notNull = true;
    }
  }
}

export function addColumn(
  catalog: Catalog,
  table: Table,
  { colname, typeName, constraints }: ColumnDef,
): void {
  if (colname === undefined) return;
  const nodes = (constraints ?? []).flatMap((node) => as(node, "Constraint") ?? []);
  const serial = /^(?:big|small)?serial[248]?$/.test(keyOf(strings(typeName?.names)));
  const types = nodes.map(({ contype }) => contype);
  table.columns.set(colname, {
    addedIn: catalog.current,
    type: typeName && typeReference(typeName),
    notNull:
      serial ||
      types.some((type) => ["CONSTR_NOTNULL", "CONSTR_PRIMARY", "CONSTR_IDENTITY"].includes(type ?? "")),
    hasDefault:
      serial ||
      types.some((type) => ["CONSTR_DEFAULT", "CONSTR_IDENTITY", "CONSTR_GENERATED"].includes(type ?? "")),
  });
  for (const node of nodes) addConstraint(catalog, table, node, colname);
}

function dropConstraint(table: Table, name: string): void {
  const constraint = table.constraints.get(name);
  table.constraints.delete(name);
  if (constraint?.kind !== "not-null") return;
  for (const column of constraint.columns) {
    const known = table.columns.get(column);
    if (known) known.notNull = false;
  }
}

function validate(table: Table, name: string): void {
  const constraint = table.constraints.get(name);
  if (!constraint) return;
  constraint.validated = true;
  for (const column of constraint.kind === "not-null" ? constraint.columns : []) {
    const known = table.columns.get(column);
    if (known) known.notNull = true;
  }
}

export function applyCommand(catalog: Catalog, table: Table, command: AlterTableCmd): void {
  const { subtype, name = "", def } = command;
  const column = table.columns.get(name);
  const added = as(def, "ColumnDef");
  const partition = as(def, "PartitionCmd");
  if (
    subtype === "AT_AddColumn" &&
    added &&
    !(command.missing_ok && table.columns.has(added.colname ?? ""))
  ) {
    addColumn(catalog, table, added);
  } else if (subtype === "AT_AddConstraint") {
    const node = as(def, "Constraint");
    if (node) addConstraint(catalog, table, node);
  } else if (subtype === "AT_DropConstraint") {
    dropConstraint(table, name);
  } else if (subtype === "AT_ValidateConstraint") {
    validate(table, name);
  } else if (subtype === "AT_DropColumn") {
    table.columns.delete(name);
    for (const [key, { columns }] of table.constraints)
      if (columns.includes(name)) table.constraints.delete(key);
  } else if (subtype === "AT_AttachPartition" && partition) {
    table.partitions.add(tableKey(partition.name));
    if (partition.bound?.is_default) table.defaultPartition = tableKey(partition.name);
  } else if (subtype === "AT_DetachPartition" && partition) {
    table.partitions.delete(tableKey(partition.name));
    if (table.defaultPartition === tableKey(partition.name)) table.defaultPartition = undefined;
  } else if (column) {
    if (subtype === "AT_SetNotNull") column.notNull = true;
    if (subtype === "AT_DropNotNull") column.notNull = false;
    if (subtype === "AT_AlterColumnType") column.type = typeReference(added?.typeName);
    if (subtype === "AT_ColumnDefault") column.hasDefault = def !== undefined;
    if (subtype === "AT_AddIdentity") column.hasDefault = true;
    if (subtype === "AT_DropIdentity" || subtype === "AT_DropExpression") column.hasDefault = false;
  }
}
