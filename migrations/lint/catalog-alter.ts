import type { AlterTableCmd, AlterTableStmt, ATAlterConstraint } from "libpg-query";
import { as, keyOf, strings, tableKey, typeReference } from "./ast";
import { type Catalog, type OmittedValue, type Table, withDescendants } from "./catalog";
import {
  addColumn,
  addConstraint,
  besideTable,
  checkTime,
  dropColumn,
  dropConstraint,
  dropNotNull,
  isNullConstant,
} from "./catalog-tables";

const REPLICA_IDENTITIES: Partial<Record<string, Table["replicaIdentity"]>> = {
  d: "default",
  f: "full",
  i: "index",
  n: "nothing",
};

function validate(table: Table, name: string): void {
  const constraint = table.constraints.get(name);
  if (!constraint || constraint.isPossible) return;
  constraint.validated = true;
  for (const column of constraint.kind === "not-null" ? constraint.columns : []) {
    const known = table.columns.get(column);
    if (known) known.notNull = true;
  }
}

function alterConstraint(table: Table, altered: ATAlterConstraint): void {
  const constraint = table.constraints.get(altered.conname ?? "");
  if (!constraint) return;
  if (altered.alterDeferrability) constraint.checkedAt = checkTime(altered.deferrable, altered.initdeferred);
  if (!altered.alterEnforceability) return;
  constraint.isEnforced = altered.is_enforced === true;
  constraint.validated = constraint.isEnforced;
}

export function changedDefault({ def }: AlterTableCmd): OmittedValue {
  return !def || isNullConstant(def) ? { kind: "null" } : { kind: "default", expression: def };
}

function applyToColumn(table: Table, { subtype, name = "", def }: AlterTableCmd): void {
  const column = table.columns.get(name);
  if (subtype === "AT_DropNotNull") dropNotNull(table, [name]);
  if (!column) return;
  const definition = as(def, "ColumnDef");
  if (subtype === "AT_SetNotNull") column.notNull = true;
  if (subtype === "AT_AlterColumnType") {
    column.type = definition && typeReference(definition.typeName);
    const collation = definition?.collClause;
    column.collation = collation ? keyOf(strings(collation.collname)) : undefined;
  }
  if (subtype === "AT_ColumnDefault") column.omitted = changedDefault({ def });
  if (subtype === "AT_AddIdentity") column.omitted = { kind: "numbered" };
  if (subtype === "AT_DropIdentity" || subtype === "AT_DropExpression") column.omitted = { kind: "null" };
  if (subtype === "AT_SetExpression" && def) column.omitted = { kind: "generated", expression: def };
}

export function setParent(table: Table, parent: Table, isAttached: boolean): void {
  if (isAttached) {
    table.parents.add(parent);
    parent.children.add(table);
  } else {
    table.parents.delete(parent);
    parent.children.delete(table);
    if (parent.defaultPartition === table) parent.defaultPartition = undefined;
  }
}

function applyCommand(catalog: Catalog, table: Table, command: AlterTableCmd): void {
  const { subtype, name = "", def } = command;
  const added = as(def, "ColumnDef");
  const constraint = as(def, "Constraint");
  const attached = as(def, "PartitionCmd");
  const parent = as(def, "RangeVar");
  if (subtype === "AT_AddColumn" && added) {
    const known = table.columns.get(added.colname ?? "");
    if (!(command.missing_ok && known?.isCertain)) addColumn(catalog, table, added, command.missing_ok);
  } else if (subtype === "AT_AddConstraint" && constraint) {
    addConstraint(catalog, table, constraint);
  } else if (subtype === "AT_AddIndexConstraint" && constraint) {
    addConstraint(catalog, table, constraint);
  } else if (subtype === "AT_DropConstraint") {
    dropConstraint(catalog, table, name);
  } else if (subtype === "AT_ValidateConstraint") {
    validate(table, name);
  } else if (subtype === "AT_AlterConstraint") {
    alterConstraint(table, as(def, "ATAlterConstraint") ?? {});
  } else if (subtype === "AT_DropColumn") {
    dropColumn(catalog, table, name);
  } else if (attached && (subtype === "AT_AttachPartition" || subtype === "AT_DetachPartition")) {
    const partition = catalog.table(tableKey(attached.name));
    setParent(partition, table, subtype === "AT_AttachPartition");
    if (subtype === "AT_AttachPartition" && attached.bound?.is_default) table.defaultPartition = partition;
  } else if (parent && (subtype === "AT_AddInherit" || subtype === "AT_DropInherit")) {
    setParent(table, catalog.table(tableKey(parent)), subtype === "AT_AddInherit");
  } else if (subtype === "AT_EnableRowSecurity" || subtype === "AT_DisableRowSecurity") {
    table.hasRowSecurity = subtype === "AT_EnableRowSecurity";
  } else if (subtype === "AT_ReplicaIdentity") {
    const { identity_type: type = "d", name: index = "" } = as(def, "ReplicaIdentityStmt") ?? {};
    table.replicaIndex = catalog.indexes.get(besideTable(table.key, index));
    table.replicaIdentity = REPLICA_IDENTITIES[type] ?? "default";
  } else {
    applyToColumn(table, command);
  }
}

/** Commands that PostgreSQL does not repeat on tables that inherit. */
const OWN_COMMANDS = /Partition|Inherit|RowSecurity|ReplicaIdentity|Identity$/;

const ownRelation = (relation: AlterTableStmt["relation"]) => relation?.inh !== true;

export function alterTable(catalog: Catalog, node: AlterTableStmt): void {
  const key = tableKey(node.relation);
  if (node.missing_ok && !catalog.tables.has(key)) return;
  const table = catalog.table(key);
  catalog.trusted.add(table);
  for (const item of node.cmds ?? []) {
    const command = as(item, "AlterTableCmd");
    if (!command) continue;
    const isOwn = ownRelation(node.relation) || OWN_COMMANDS.test(command.subtype ?? "");
    for (const target of isOwn ? [table] : withDescendants(table)) applyCommand(catalog, target, command);
  }
}

/** Forgets facts that a command in code may have changed. */
function mayChange(catalog: Catalog, table: Table, command: AlterTableCmd): void {
  const { subtype, name = "", def } = command;
  const column = table.columns.get(name);
  const constraint = as(def, "Constraint");
  if (subtype === "AT_AddColumn") {
    const added = as(def, "ColumnDef")?.colname ?? "";
    if (!table.columns.has(added)) table.possibleColumns.add(added);
    table.isWhole = false;
  } else if (subtype === "AT_AddConstraint" && constraint) {
    addConstraint(catalog, table, constraint, { isPossible: true });
  } else if (subtype === "AT_DropNotNull") {
    dropNotNull(table, [name]);
  } else if (subtype === "AT_DropConstraint") {
    const dropped = table.constraints.get(name);
    if (dropped) {
      dropped.proves = [];
      dropped.validated = false;
      if (dropped.kind === "not-null") dropNotNull(table, dropped.columns);
    }
    const index = catalog.indexes.get(besideTable(table.key, name));
    if (index) index.isPossible = true;
  } else if (subtype === "AT_DropColumn" && column) {
    column.isCertain = false;
    column.notNull = false;
  } else if (column && subtype === "AT_AlterColumnType") {
    column.type = undefined;
  } else if (column && subtype === "AT_ColumnDefault") {
    column.omitted = { kind: "unknown" };
  }
}

export function mayAlterTable(catalog: Catalog, node: AlterTableStmt): void {
  const table = catalog.tables.get(tableKey(node.relation));
  for (const item of table ? (node.cmds ?? []) : []) {
    const command = as(item, "AlterTableCmd");
    for (const target of table && command ? withDescendants(table) : []) {
      if (command) mayChange(catalog, target, command);
    }
  }
}
