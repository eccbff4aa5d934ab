import type { Node, RenameStmt } from "libpg-query";
import { as, keyOf, objectParts, strings, tableKey } from "./ast";
import { type Catalog, distrustTable } from "./catalog";
import { mayAlterTable } from "./catalog-alter";
import { createIndex } from "./catalog-tables";
import { routineSignature } from "./routines";

function mayRename(catalog: Catalog, { renameType, relation, subname = "", newname = "" }: RenameStmt): void {
  const table = catalog.tables.get(tableKey(relation));
  if (!table) return;
  if (renameType === "OBJECT_COLUMN") {
    const column = table.columns.get(subname);
    table.columns.delete(subname);
    table.possibleColumns.add(subname).add(newname);
    if (column) table.columns.set(newname, { ...column, type: undefined, notNull: false, isCertain: false });
    table.isWhole = false;
    for (const constraint of table.constraints.values()) {
      constraint.proves = constraint.proves.filter((name) => name !== subname);
    }
    for (const index of table.indexes) {
      if (index.mentions.includes(subname)) index.mentions = [...index.mentions, newname];
      if (index.columns?.includes(subname)) index.columns = undefined;
    }
  } else if (renameType === "OBJECT_TABLE") {
    distrustTable(table);
    const key = keyOf([...(relation?.schemaname ? [relation.schemaname] : []), newname]);
    if (!catalog.tables.has(key)) catalog.addTable(key, table.kind, { codeIn: catalog.current });
  } else {
    distrustTable(table);
  }
}

/**
 * Records a statement in code. The code may be conditional, so objects that it creates are possible only, and whatever
 * it removes or changes is no longer certain.
 */
export function applyCodeStatement(catalog: Catalog, node: Node): void {
  const alter = as(node, "AlterTableStmt");
  if (alter?.objtype === "OBJECT_TABLE") mayAlterTable(catalog, alter);
  const created = as(node, "CreateStmt")?.relation ?? as(node, "CreateTableAsStmt")?.into?.rel;
  if (created && created.relpersistence !== "t" && !catalog.tables.has(tableKey(created))) {
    catalog.addTable(tableKey(created), "table", { codeIn: catalog.current });
  }
  const index = as(node, "IndexStmt");
  if (index && catalog.tables.has(tableKey(index.relation))) createIndex(catalog, index, true);
  const renamed = as(node, "RenameStmt");
  if (renamed) mayRename(catalog, renamed);
  if (as(node, "VariableSetStmt")?.name === "timezone") catalog.utc = false;
  const routine = as(node, "CreateFunctionStmt");
  if (routine) catalog.routines.get(keyOf(strings(routine.funcname)))?.delete(routineSignature(routine));
  const dropped = as(node, "DropStmt");
  for (const object of dropped?.objects ?? []) {
    const table = catalog.tables.get(keyOf(objectParts(object)));
    if (dropped?.removeType === "OBJECT_TABLE" && table) distrustTable(table);
    const found = dropped?.removeType === "OBJECT_INDEX" && catalog.indexes.get(keyOf(objectParts(object)));
    if (found) found.isPossible = true;
  }
}
