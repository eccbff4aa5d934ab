/** Tables whose updates and deletes a publication sends, for which they need a replica identity. */

import type { Node } from "libpg-query";
import { parseName } from "../script/name";
import { as, strings, tableKey } from "./ast";
import type { Catalog, Publication, Table } from "./catalog";
import { option } from "./routines";

export function publishesChanges(options: readonly Node[] | undefined): boolean {
  const published = as(option(options, "publish"), "String")?.sval;
  return published === undefined || /\b(?:update|delete)\b/i.test(published);
}

function published(
  catalog: Catalog,
  objects: readonly Node[] | undefined,
): Pick<Publication, "schemas" | "tables"> {
  const items = (objects ?? []).flatMap((item) => as(item, "PublicationObjSpec") ?? []);
  return {
    schemas: items.flatMap(({ pubobjtype, name }) =>
      pubobjtype === "PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA" ? "public" : (name ?? []),
    ),
    tables: new Set(
      items.flatMap(({ pubtable }) => (pubtable ? catalog.table(tableKey(pubtable.relation)) : [])),
    ),
  };
}

/** Records CREATE, ALTER and DROP PUBLICATION. */
export function applyPublication(catalog: Catalog, node: Node): void {
  const { publications } = catalog;
  const created = as(node, "CreatePublicationStmt");
  if (created && publishesChanges(created.options)) {
    const isOfAllTables = created.for_all_tables === true;
    publications.set(created.pubname ?? "", { isOfAllTables, ...published(catalog, created.pubobjects) });
  }
  const altered = as(node, "AlterPublicationStmt");
  const known = publications.get(altered?.pubname ?? "");
  if (altered && known) {
    const { schemas, tables } = published(catalog, altered.pubobjects);
    if (altered.options && !publishesChanges(altered.options)) publications.delete(altered.pubname ?? "");
    else if (altered.action === "AP_SetObjects" && altered.pubobjects)
      publications.set(altered.pubname ?? "", { ...known, schemas, tables });
    else if (altered.action === "AP_AddObjects" && altered.pubobjects)
      publications.set(altered.pubname ?? "", {
        ...known,
        schemas: [...known.schemas, ...schemas],
        tables: new Set([...known.tables, ...tables]),
      });
    else if (altered.action === "AP_DropObjects")
      publications.set(altered.pubname ?? "", {
        ...known,
        schemas: known.schemas.filter((name) => !schemas.includes(name)),
        tables: new Set([...known.tables].filter((table) => !tables.has(table))),
      });
  }
  const dropped = as(node, "DropStmt");
  if (dropped?.removeType !== "OBJECT_PUBLICATION") return;
  for (const object of dropped.objects ?? []) publications.delete(strings([object]).at(-1) ?? "");
}

/** Name of a publication that sends updates or deletes of the table. */
export function publicationOf(catalog: Catalog, table: Table): string | undefined {
  const parts = parseName(table.key) ?? [];
  const schema = parts.length > 1 ? (parts[0] ?? "") : "public";
  const found = [...catalog.publications].find(
    ([, { isOfAllTables, schemas, tables }]) =>
      !table.isTemporary &&
      table.kind === "table" &&
      (isOfAllTables || schemas.includes(schema) || tables.has(table)),
  );
  return found?.[0];
}
