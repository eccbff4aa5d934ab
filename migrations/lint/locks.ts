/** Which locks a statement takes on tables that others can see, as read from its text alone. */

import type { AlterTableCmd, DropStmt, Node } from "libpg-query";
import { LOCK_MODES } from "../script/lock-mode";
import type { MigrationScript } from "../script/script";
import { as, findAll, keyOf, objectParts, tableKey } from "./ast";
import type { Catalog } from "./catalog";

export interface Lock {
  readonly table: string;
  readonly mode: (typeof LOCK_MODES)[number];
  /** Comes with the lock on another table and cannot be had without it. */
  readonly companion: boolean;
  /** The table itself goes. */
  readonly dropped: boolean;
}

/** Stronger modes make those wait who write, or everybody. */
export function blocksClients(mode: Lock["mode"]): boolean {
  return LOCK_MODES.indexOf(mode) >= LOCK_MODES.indexOf("SHARE");
}

// AlterTableGetLockLevel in tablecmds.c; all others take ACCESS EXCLUSIVE.
const weakCommands: Partial<Record<string, Lock["mode"]>> = {
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

export const lockMode = (number: number | undefined): Lock["mode"] =>
  LOCK_MODES[(number ?? 8) - 1] ?? "ACCESS EXCLUSIVE";

type Taken = [table: string, mode: Lock["mode"], companion?: boolean];

/** The tables at the other end of foreign keys that go with the column or the constraint, or that it switches. */
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

function commandLocks(catalog: Catalog, key: string, command: AlterTableCmd): Taken[] {
  const { subtype, def } = command;
  const others: Taken[] = findAll(def, "Constraint")
    .filter(({ pktable }) => pktable)
    .map(({ pktable }) => [tableKey(pktable), "SHARE ROW EXCLUSIVE", true]);
  const changed = changedReferences(catalog, key, command).map(
    (table): Taken => [table, "ACCESS EXCLUSIVE", true],
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
  const own = foreign ? "SHARE ROW EXCLUSIVE" : (weakCommands[subtype ?? ""] ?? "ACCESS EXCLUSIVE");
  return [[key, own], ...others, ...changed];
}

function dropLocks(catalog: Catalog, node: DropStmt): Taken[] {
  return (node.objects ?? []).flatMap((object): Taken[] => {
    const parts = objectParts(object);
    const key = keyOf(parts);
    if (node.removeType === "OBJECT_TABLE") {
      const references = [...(catalog.tables.get(key)?.constraints.values() ?? [])];
      const parent = catalog.parentOf(key);
      return [
        [key, "ACCESS EXCLUSIVE"],
        ...(parent ? [[parent.key, "ACCESS EXCLUSIVE", true] as Taken] : []),
        ...references.flatMap((c): Taken[] =>
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

function taken(node: Node, catalog: Catalog): Taken[] {
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
      ...references.map(({ pktable }): Taken => [tableKey(pktable), "SHARE ROW EXCLUSIVE"]),
      ...parents.map((key): Taken => [key, "ACCESS EXCLUSIVE"]),
      ...parents.flatMap((key): Taken[] => {
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
    (lock ?? truncate)?.relations?.map((item): Taken => {
      return [tableKey(as(item, "RangeVar")), lock ? lockMode(lock.mode) : "ACCESS EXCLUSIVE"];
    }) ?? []
  );
}

/** Without the tables that the script itself makes, and without views, which cannot be locked alone. */
export function locksOf(node: Node, catalog: Catalog): Lock[] {
  return taken(node, catalog)
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

/** The locks that the header lets the runner take first. */
export function declaredLocks({ locks }: MigrationScript): Lock[] {
  return locks.map(({ table, mode }) => {
    const parts = table.match(/"[^"]+"|[^."]+/g) ?? [];
    const key = keyOf(parts.map((part) => (part.startsWith('"') ? part.slice(1, -1) : part.toLowerCase())));
    const known = LOCK_MODES.find((candidate) => candidate === mode) ?? "ACCESS EXCLUSIVE";
    return { table: key, mode: known, companion: false, dropped: false };
  });
}
