import type { CreateFunctionStmt, CreateStmt, DropStmt, Node, RenameStmt } from "libpg-query";
import { as, keyOf, objectParts, strings, tableKey, typeReference } from "./ast";
import type { Catalog } from "./catalog";
import { addColumn, addConstraint, applyCommand } from "./catalog-tables";

function createTable(catalog: Catalog, node: CreateStmt): void {
  const key = tableKey(node.relation);
  if (node.if_not_exists && catalog.tables.has(key)) return;
  const temporary = node.relation?.relpersistence === "t";
  const table = catalog.addTable(temporary ? `pg_temp.${key}` : key, "table", catalog.current);
  if (temporary) catalog.tables.set(key, table);
  table.partitioned = node.partspec !== undefined;
  for (const parent of (node.inhRelations ?? []).flatMap((item) => as(item, "RangeVar") ?? [])) {
    const known = catalog.table(tableKey(parent));
    for (const [name, column] of known.columns)
      table.columns.set(name, { ...column, addedIn: catalog.current });
    if (node.partbound) {
      known.partitions.add(key);
      if (node.partbound.is_default) known.defaultPartition = key;
    }
  }
  for (const element of node.tableElts ?? []) {
    const column = as(element, "ColumnDef");
    const constraint = as(element, "Constraint");
    const like = as(element, "TableLikeClause");
    if (column) addColumn(catalog, table, column);
    if (constraint) addConstraint(catalog, table, constraint);
    for (const [name, copied] of (like && catalog.tables.get(tableKey(like.relation))?.columns) ?? []) {
      table.columns.set(name, { ...copied, addedIn: catalog.current });
    }
  }
}

export function option(options: readonly Node[] | undefined, name: string): Node | undefined {
  return (options ?? []).flatMap((node) => as(node, "DefElem") ?? []).find(({ defname }) => defname === name)
    ?.arg;
}

function createRoutine(catalog: Catalog, node: CreateFunctionStmt, definition: string): void {
  const name = keyOf(strings(node.funcname));
  const volatility = as(option(node.options, "volatility"), "String")?.sval;
  const body = option(node.options, "as");
  catalog.routines.set(name, {
    language: as(option(node.options, "language"), "String")?.sval ?? "sql",
    volatility: volatility === "stable" || volatility === "immutable" ? volatility : "volatile",
    definition,
    node: { CreateFunctionStmt: node },
    body: strings(as(body, "List")?.items)[0],
  });
  if (!node.replace || !catalog.maker("routine", name)) catalog.make("routine", name);
}

export const OBJECT_KINDS: Partial<Record<string, string>> = {
  OBJECT_TABLE: "relation",
  OBJECT_VIEW: "relation",
  OBJECT_MATVIEW: "relation",
  OBJECT_SEQUENCE: "relation",
  OBJECT_FOREIGN_TABLE: "relation",
  OBJECT_INDEX: "index",
  OBJECT_FUNCTION: "routine",
  OBJECT_PROCEDURE: "routine",
  OBJECT_ROUTINE: "routine",
  OBJECT_AGGREGATE: "routine",
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "type",
  OBJECT_TRIGGER: "trigger",
  OBJECT_SCHEMA: "schema",
  OBJECT_POLICY: "policy",
  OBJECT_RULE: "rule",
  OBJECT_EXTENSION: "extension",
};

function drop(catalog: Catalog, node: DropStmt): void {
  const kind = OBJECT_KINDS[node.removeType ?? ""];
  for (const name of (node.objects ?? []).map((object) => keyOf(objectParts(object)))) {
    if (kind) catalog.forget(kind, name);
    if (kind === "relation") {
      const parent = catalog.parentOf(name);
      parent?.partitions.delete(name);
      if (parent?.defaultPartition === name) parent.defaultPartition = undefined;
      catalog.tables.delete(name);
      for (const [index, { table }] of catalog.indexes) if (table === name) catalog.indexes.delete(index);
    }
    if (kind === "index") catalog.indexes.delete(name);
    if (kind === "routine") catalog.routines.delete(name);
    if (kind === "type") catalog.domains.delete(name);
    if (kind === "trigger") catalog.triggers.delete(name);
  }
}

function rename(catalog: Catalog, node: RenameStmt): void {
  const key = tableKey(node.relation);
  const table = catalog.tables.get(key);
  const name = node.newname ?? "";
  if (!table) return;
  if (node.renameType === "OBJECT_TABLE") {
    catalog.tables.delete(key);
    table.key = keyOf([...key.split(".").slice(0, -1), name]);
    catalog.tables.set(table.key, table);
  }
  for (const [type, members] of [
    ["OBJECT_COLUMN", table.columns],
    ["OBJECT_TABCONSTRAINT", table.constraints],
  ] as const) {
    const member = node.renameType === type ? members.get(node.subname ?? "") : undefined;
    if (!member) continue;
    members.delete(node.subname ?? "");
    (members as Map<string, typeof member>).set(name, member);
  }
}

function createRelation(
  catalog: Catalog,
  key: string,
  kind: "table" | "view" | "materialized view" | "sequence",
): void {
  if (catalog.tables.has(key)) return;
  catalog.addTable(key, kind, catalog.current);
  catalog.make("relation", key);
}

export function applyStatement(catalog: Catalog, node: Node, text: string): void {
  const alter = as(node, "AlterTableStmt");
  const index = as(node, "IndexStmt");
  const copy = as(node, "CreateTableAsStmt");
  const into = as(node, "SelectStmt")?.intoClause ?? copy?.into;
  const view = as(node, "ViewStmt");
  const trigger = as(node, "CreateTrigStmt");
  const domain = as(node, "CreateDomainStmt");
  const value = as(node, "AlterEnumStmt");
  const setting = as(node, "VariableSetStmt");
  const table = as(node, "CreateStmt");
  if (table) createTable(catalog, table);
  if (alter && alter.objtype === "OBJECT_TABLE") {
    for (const item of alter.cmds ?? []) {
      const command = as(item, "AlterTableCmd");
      if (command) applyCommand(catalog, catalog.table(tableKey(alter.relation)), command);
    }
  }
  if (index?.idxname) {
    const elements = (index.indexParams ?? []).flatMap((item) => as(item, "IndexElem") ?? []);
    const whole = !index.whereClause && elements.every((element) => element.name !== undefined);
    catalog.indexes.set(index.idxname, {
      table: tableKey(index.relation),
      unique: index.unique === true,
      columns: whole ? elements.flatMap((element) => element.name ?? []) : undefined,
    });
    catalog.make("index", index.idxname);
  }
  if (into?.rel)
    createRelation(
      catalog,
      tableKey(into.rel),
      copy?.objtype === "OBJECT_MATVIEW" ? "materialized view" : "table",
    );
  if (view?.view) createRelation(catalog, tableKey(view.view), "view");
  const sequence = as(node, "CreateSeqStmt")?.sequence;
  if (sequence) createRelation(catalog, tableKey(sequence), "sequence");
  if (trigger) {
    const name = `${tableKey(trigger.relation)}.${trigger.trigname}`;
    catalog.triggers.set(name, {
      table: tableKey(trigger.relation),
      routine: keyOf(strings(trigger.funcname)),
    });
    catalog.make("trigger", name);
  }
  if (domain) {
    const name = keyOf(strings(domain.domainname));
    const constrained = (domain.constraints ?? []).some((item) => {
      return ["CONSTR_CHECK", "CONSTR_NOTNULL"].includes(as(item, "Constraint")?.contype ?? "");
    });
    catalog.domains.set(name, { base: typeReference(domain.typeName), constrained });
    catalog.make("type", name);
  }
  const alteredDomain = as(node, "AlterDomainStmt");
  const known = catalog.domains.get(keyOf(strings(alteredDomain?.typeName)));
  if (known && ["C", "O"].includes(alteredDomain?.subtype ?? "")) known.constrained = true;
  const type = strings(as(node, "CreateEnumStmt")?.typeName);
  if (type.length > 0) catalog.make("type", keyOf(type));
  const composite = as(node, "CompositeTypeStmt")?.typevar;
  if (composite) catalog.make("type", tableKey(composite));
  if (value?.newVal && !value.oldVal && !catalog.isNew("type", keyOf(strings(value.typeName)))) {
    catalog.freshEnumValues.set(value.newVal, keyOf(strings(value.typeName)));
  }
  if (setting?.name === "timezone") {
    catalog.utc = /^utc$/i.test(as(setting.args?.[0], "A_Const")?.sval?.sval ?? "");
  }
  const schema = as(node, "CreateSchemaStmt")?.schemaname;
  if (schema) catalog.make("schema", schema);
  const routine = as(node, "CreateFunctionStmt");
  if (routine) createRoutine(catalog, routine, text);
  const dropped = as(node, "DropStmt");
  if (dropped) drop(catalog, dropped);
  const renamed = as(node, "RenameStmt");
  if (renamed) rename(catalog, renamed);
}
