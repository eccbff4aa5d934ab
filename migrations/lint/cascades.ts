/** Changes of rows by the actions of foreign keys: CASCADE, SET NULL and SET DEFAULT. */

import { type Catalog, CHANGING_ACTIONS, type Table } from "./catalog";
import { hasUniqueKey } from "./reads";

export interface CascadedChange {
  readonly key: string;
  readonly cascade: "DELETE" | "UPDATE";
}

/**
 * Tables of which a change of a few rows of the table changes many rows, also over several foreign keys.
 *
 * @param columns changed columns; undefined for deleted rows
 */
export function cascadedChanges(
  catalog: Catalog,
  table: Table,
  columns: readonly string[] | undefined,
  seen: ReadonlySet<Table> = new Set(),
): CascadedChange[] {
  const known = new Set([...seen, table]);
  return catalog.referencing(table).flatMap((child): CascadedChange[] => {
    if (known.has(child) || catalog.isNewTable(child.key)) return [];
    return [...child.constraints.values()].flatMap((constraint): CascadedChange[] => {
      const { references, referencedColumns, deleteAction, updateAction, isEnforced } = constraint;
      const action = columns ? updateAction : deleteAction;
      const isConcerned = columns?.some((name) => referencedColumns.includes(name)) ?? true;
      if (references !== table || !isEnforced || !isConcerned || !CHANGING_ACTIONS.includes(action))
        return [];
      const isDeleted = !columns && action === "c";
      // One row at most for each changed row.
      if (hasUniqueKey(child, new Set(constraint.columns)))
        return cascadedChanges(catalog, child, isDeleted ? undefined : constraint.columns, known);
      return [{ key: child.key, cascade: isDeleted ? "DELETE" : "UPDATE" }];
    });
  });
}
