import type { AlterTableCmd, DropStmt, Node } from "libpg-query";
import { LOCK_MODES, type LockMode } from "../script/lock-mode";
import type { MigrationScript } from "../script/script";
import { as, findAll, keyOf, objectParts, tableKey } from "./ast";
import type { Catalog } from "./catalog";

/** A table lock that a statement takes, derived from the statement's text. */
export interface Lock {
  readonly table: string;
  readonly mode: LockMode;
  /**
   * True for a lock that a statement on another table takes implicitly, such as the lock on the table that a foreign
   * key references.
   */
  readonly companion: boolean;
  readonly dropped: boolean;
}

// Lock modes of ALTER TABLE commands, from AlterTableGetLockLevel in tablecmds.c. Commands that are not listed take
// ACCESS EXCLUSIVE.
const WEAK_COMMANDS: Partial<Record<string, LockMode>> = {
  AT_SetStatistics: "SHARE UPDATE EXCLUSIVE",
  AT_SetOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ResetOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ClusterOn: "SHARE UPDATE EXCLUSIVE",
  AT_DropCluster: "SHARE UPDATE EXCLUSIVE",
  AT_SetRelOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ResetRelOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ValidateConstraint: "SHARE UPDATE EXCLUSIVE",
  AT_AttachPartition: "SHARE UPDATE EXCLUSIVE",
  AT_DetachPartitionFinalize: "SHARE UPDATE EXCLUSIVE",
  AT_EnableTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableAlwaysTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableReplicaTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableTrigAll: "SHARE ROW EXCLUSIVE",
  AT_EnableTrigUser: "SHARE ROW EXCLUSIVE",
  AT_DisableTrig: "SHARE ROW EXCLUSIVE",
  AT_DisableTrigAll: "SHARE ROW EXCLUSIVE",
  AT_DisableTrigUser: "SHARE ROW EXCLUSIVE",
};

export const lockMode = (number: number | undefined): LockMode =>
  LOCK_MODES[(number ?? 8) - 1] ?? "ACCESS EXCLUSIVE";

type TakenLock = [table: string, mode: LockMode, companion?: boolean];

/** Tables referenced by the foreign keys that the command drops or starts to enforce. */
function changedReferences(
  catalog: Catalog,
  key: string,
  { subtype, name = "", def }: AlterTableCmd,
): string[] {
  const altered = as(def, "ATAlterConstraint");
  return [...(catalog.tables.get(key)?.constraints ?? [])].flatMap(
    ([constraint, { references, columns }]) => {
      const goes = altered
        ? altered.alterEnforceability === true && constraint === altered.conname
        : (subtype === "AT_DropConstraint" && constraint === name) ||
          (subtype === "AT_DropColumn" && columns.includes(name));
      return goes && references !== undefined ? [references] : [];
    },
  );
}

function commandLocks(catalog: Catalog, key: string, command: AlterTableCmd): TakenLock[] {
  const { subtype, def } = command;
  const others: TakenLock[] = findAll(def, "Constraint")
    .filter(({ pktable }) => pktable)
    .map(({ pktable }) => [tableKey(pktable), "SHARE ROW EXCLUSIVE", true]);
  const changed = changedReferences(catalog, key, command).map(
    (table): TakenLock => [table, "ACCESS EXCLUSIVE", true],
  );
  const partition = as(def, "PartitionCmd");
  if (partition && subtype !== "AT_DetachPartitionFinalize") {
    const weak = partition.concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE";
    others.push([tableKey(partition.name), weak, true]);
    const rest = catalog.tables.get(key)?.defaultPartition;
    if (rest !== undefined && subtype === "AT_AttachPartition") others.push([rest, "ACCESS EXCLUSIVE", true]);
    if (partition.concurrent) return [[key, weak], ...others];
  }
  const foreign = subtype === "AT_AddConstraint" && as(def, "Constraint")?.contype === "CONSTR_FOREIGN";
  const own = foreign ? "SHARE ROW EXCLUSIVE" : (WEAK_COMMANDS[subtype ?? ""] ?? "ACCESS EXCLUSIVE");
  return [[key, own], ...others, ...changed];
}

function dropLocks(catalog: Catalog, node: DropStmt): TakenLock[] {
  return (node.objects ?? []).flatMap((object): TakenLock[] => {
    const parts = objectParts(object);
    const key = keyOf(parts);
    if (node.removeType === "OBJECT_TABLE") {
      const references = [...(catalog.tables.get(key)?.constraints.values() ?? [])];
      const parent = catalog.parentOf(key);
      return [
        [key, "ACCESS EXCLUSIVE"],
        ...(parent ? [[parent.key, "ACCESS EXCLUSIVE", true] as TakenLock] : []),
        ...references.flatMap((c): TakenLock[] =>
          c.references ? [[c.references, "ACCESS EXCLUSIVE", true]] : [],
        ),
      ];
    }
    if (["OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"].includes(node.removeType ?? "")) {
      return [[keyOf(parts.slice(0, -1)), "ACCESS EXCLUSIVE"]];
    }
    const table = node.removeType === "OBJECT_INDEX" ? catalog.indexes.get(key)?.table : undefined;
    return table === undefined
      ? []
      : [[table, node.concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE"]];
  });
}

function takenLocks(node: Node, catalog: Catalog): TakenLock[] {
  const alter = as(node, "AlterTableStmt");
  if (alter?.objtype === "OBJECT_TABLE") {
    const key = tableKey(alter.relation);
    return (alter.cmds ?? []).flatMap((item) => commandLocks(catalog, key, as(item, "AlterTableCmd") ?? {}));
  }
  const create = as(node, "CreateStmt");
  if (create) {
    const references = findAll(create.tableElts, "Constraint").filter(({ pktable }) => pktable);
    const parents = create.partbound ? findAll(create.inhRelations, "RangeVar").map(tableKey) : [];
    return [
      ...references.map(({ pktable }): TakenLock => [tableKey(pktable), "SHARE ROW EXCLUSIVE"]),
      ...parents.map((key): TakenLock => [key, "ACCESS EXCLUSIVE"]),
      ...parents.flatMap((key): TakenLock[] => {
        const rest = catalog.tables.get(key)?.defaultPartition;
        return rest === undefined ? [] : [[rest, "ACCESS EXCLUSIVE", true]];
      }),
    ];
  }
  const index = as(node, "IndexStmt");
  if (index) return [[tableKey(index.relation), index.concurrent ? "SHARE UPDATE EXCLUSIVE" : "SHARE"]];
  const dropped = as(node, "DropStmt");
  if (dropped) return dropLocks(catalog, dropped);
  const renamed = as(node, "RenameStmt");
  const tableRenames = [
    "OBJECT_TABLE",
    "OBJECT_COLUMN",
    "OBJECT_TABCONSTRAINT",
    "OBJECT_TRIGGER",
    "OBJECT_POLICY",
  ];
  if (
    renamed?.relation &&
    tableRenames.includes(renamed.renameType ?? "") &&
    renamed.relationType !== "OBJECT_VIEW"
  ) {
    return [[tableKey(renamed.relation), "ACCESS EXCLUSIVE"]];
  }
  const moved = as(node, "AlterObjectSchemaStmt");
  if (moved?.objectType === "OBJECT_TABLE") return [[tableKey(moved.relation), "ACCESS EXCLUSIVE"]];
  const trigger = as(node, "CreateTrigStmt");
  if (trigger) return [[tableKey(trigger.relation), "SHARE ROW EXCLUSIVE"]];
  const policy = as(node, "CreatePolicyStmt") ?? as(node, "AlterPolicyStmt");
  if (policy) return [[tableKey(policy.table), "ACCESS EXCLUSIVE"]];
  const rule = as(node, "RuleStmt");
  if (rule) return [[tableKey(rule.relation), "ACCESS EXCLUSIVE"]];
  const lock = as(node, "LockStmt");
  const truncate = as(node, "TruncateStmt");
  return (
    (lock ?? truncate)?.relations?.map((item): TakenLock => {
      return [tableKey(as(item, "RangeVar")), lock ? lockMode(lock.mode) : "ACCESS EXCLUSIVE"];
    }) ?? []
  );
}

/**
 * Table locks that a statement takes. Excludes tables that the script itself creates, and views, which cannot be
 * locked alone.
 */
export function locksOf(node: Node, catalog: Catalog): Lock[] {
  return takenLocks(node, catalog)
    .filter(
      ([key]) =>
        key !== "" && !catalog.isNewTable(key) && (catalog.tables.get(key)?.kind ?? "table") === "table",
    )
    .map(([table, mode, companion = false]) => {
      return {
        table,
        mode,
        companion,
        dropped: as(node, "DropStmt")?.removeType === "OBJECT_TABLE" && !companion,
      };
    });
}

export function declaredLocks({ locks }: MigrationScript): Lock[] {
  return locks.map(({ table, mode }) => {
    const parts = table.match(/"[^"]+"|[^."]+/g) ?? [];
    const key = keyOf(parts.map((part) => (part.startsWith('"') ? part.slice(1, -1) : part.toLowerCase())));
    return { table: key, mode, companion: false, dropped: false };
  });
}
