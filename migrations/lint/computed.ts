/** Expressions that ALTER TABLE, CREATE INDEX and ALTER DOMAIN compute for rows. */

import type { AlterTableCmd, Node } from "libpg-query";
import { as, findAll, keyOf, strings, tableKey } from "./ast";
import type { Catalog, Table } from "./catalog";

function ofColumn(def: Node | undefined, catalog: Catalog): Node[] {
  const column = as(def, "ColumnDef");
  if (!column) return [];
  const constraints = findAll(column.constraints, "Constraint");
  const own = constraints.flatMap(({ raw_expr }) => raw_expr ?? []);
  const type = keyOf(strings(column.typeName?.names));
  const hasDefault = constraints.some(({ contype }) => contype === "CONSTR_DEFAULT");
  const inherited = hasDefault ? undefined : catalog.domainDefault(type);
  return [
    ...own,
    ...(column.raw_default ? [column.raw_default] : []),
    ...(inherited ? [inherited] : []),
    ...catalog.domainChecks(type),
  ];
}

function ofCommand(
  { subtype, name = "", def }: AlterTableCmd,
  table: Table,
  isFilled: boolean,
  catalog: Catalog,
): Node[] {
  if (subtype === "AT_ValidateConstraint") return [table.constraints.get(name)?.expression ?? []].flat();
  if (!isFilled) return [];
  if (subtype === "AT_AddColumn" || subtype === "AT_AlterColumnType") return ofColumn(def, catalog);
  const constraint = subtype === "AT_AddConstraint" ? as(def, "Constraint") : undefined;
  if (constraint && !constraint.skip_validation) {
    return [constraint.raw_expr ?? [], constraint.exclusions ?? [], constraint.where_clause ?? []].flat();
  }
  return subtype === "AT_SetExpression" && def ? [def] : [];
}

/**
 * Expressions that the statement computes for rows of a table that its script creates, or to validate a constraint.
 * For other tables, the rules for rewrites and scans report the statement.
 */
export function computedExpressions(node: Node, catalog: Catalog): readonly Node[] {
  const checked = as(as(node, "AlterDomainStmt")?.def, "Constraint");
  if (checked?.raw_expr && !checked.skip_validation) return [checked.raw_expr];
  const index = as(node, "IndexStmt");
  const alter = as(node, "AlterTableStmt");
  const validates = alter?.cmds?.some(
    (item) => as(item, "AlterTableCmd")?.subtype === "AT_ValidateConstraint",
  );
  if (catalog.filled.size === 0 && !validates) return [];
  const table = catalog.tables.get(tableKey(index?.relation ?? alter?.relation));
  if (!table) return [];
  const isFilled = catalog.filled.has(table);
  if (index)
    return isFilled ? [...(index.indexParams ?? []), ...(index.whereClause ? [index.whereClause] : [])] : [];
  return (alter?.cmds ?? []).flatMap((item) =>
    ofCommand(as(item, "AlterTableCmd") ?? {}, table, isFilled, catalog),
  );
}
