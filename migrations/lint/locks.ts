import type { AlterTableCmd, DropStmt, Node } from "libpg-query";
import { blocksClients, compareLockModes, LOCK_MODES, type LockMode } from "../script/lock-mode";
import { parseName } from "../script/name";
import type { MigrationScript } from "../script/script";
import { as, findAll, keyOf, objectParts, tableKey } from "./ast";
import { type Catalog, type Constraint, foreignKeyPartners, type Table, withAncestors } from "./catalog";
import { memberOf } from "./catalog-apply";

/** A table lock that a statement takes, derived from the statement's text. */
export interface Lock {
  /** Name of the table before the script, as the header declares it. */
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

function changedConstraints(table: Table, { subtype, name = "", def }: AlterTableCmd): Constraint[] {
  const altered = as(def, "ATAlterConstraint");
  const named = altered?.alterEnforceability
    ? altered.conname
    : subtype === "AT_DropConstraint"
      ? name
      : undefined;
  if (named !== undefined) return [table.constraints.get(named) ?? []].flat();
  if (subtype !== "AT_DropColumn") return [];
  return [...table.constraints.values()].filter(({ columns }) => columns.includes(name));
}

function changedReferences(table: Table | undefined, command: AlterTableCmd): string[] {
  return (table ? changedConstraints(table, command) : []).flatMap(({ references }) => references?.key ?? []);
}

/** Tables on the other side of the foreign keys of a partitioned table, which also apply to a new partition. */
function inheritedReferences(catalog: Catalog, parent: Table | undefined): TakenLock[] {
  if (!parent) return [];
  const referenced = [...parent.constraints.values()].flatMap(({ references }) => references ?? []);
  return [...referenced, ...catalog.referencing(parent)].map(({ key }) => [key, "SHARE ROW EXCLUSIVE", true]);
}

function commandLocks(catalog: Catalog, key: string, command: AlterTableCmd): TakenLock[] {
  const { subtype, def } = command;
  const others: TakenLock[] = findAll(def, "Constraint")
    .filter(({ pktable }) => pktable)
    .map(({ pktable }) => [tableKey(pktable), "SHARE ROW EXCLUSIVE", true]);
  const altered = catalog.tables.get(key);
  const enforced = as(def, "ATAlterConstraint");
  if (enforced?.alterEnforceability) {
    const reference = altered?.constraints.get(enforced.conname ?? "")?.references;
    if (reference) others.push([reference.key, "ACCESS EXCLUSIVE", true]);
  }
  const changed = changedReferences(altered, command).map(
    (table): TakenLock => [table, "ACCESS EXCLUSIVE", true],
  );
  if (altered && subtype === "AT_AlterColumnType") {
    for (const partner of foreignKeyPartners(catalog, altered, command.name ?? ""))
      others.push([partner.key, "ACCESS EXCLUSIVE", true]);
  }
  const partition = as(def, "PartitionCmd");
  if (partition && subtype !== "AT_DetachPartitionFinalize") {
    const weak = partition.concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE";
    others.push([tableKey(partition.name), weak, true]);
    const rest = altered?.defaultPartition;
    if (rest !== undefined && subtype === "AT_AttachPartition")
      others.push([rest.key, "ACCESS EXCLUSIVE", true]);
    if (subtype === "AT_AttachPartition") others.push(...inheritedReferences(catalog, altered));
    if (partition.concurrent) return [[key, weak], ...others];
  }
  const foreign = subtype === "AT_AddConstraint" && as(def, "Constraint")?.contype === "CONSTR_FOREIGN";
  const own = foreign ? "SHARE ROW EXCLUSIVE" : (WEAK_COMMANDS[subtype ?? ""] ?? "ACCESS EXCLUSIVE");
  return [[key, own], ...others, ...changed];
}

/** True for DROP … IF EXISTS of a trigger, policy or rule that no script creates on a table that is wholly known. */
function isNoMember(catalog: Catalog, node: DropStmt, object: Node): boolean {
  const { table, name } = memberOf(object);
  const known = catalog.tables.get(table);
  if (node.missing_ok !== true || (known && !known.isWhole)) return false;
  if (node.removeType === "OBJECT_TRIGGER") return !known?.triggers.has(name);
  return !catalog.maker(node.removeType === "OBJECT_POLICY" ? "policy" : "rule", keyOf(objectParts(object)));
}

function dropLocks(catalog: Catalog, node: DropStmt): TakenLock[] {
  return (node.objects ?? []).flatMap((object): TakenLock[] => {
    const key = keyOf(objectParts(object));
    if (node.removeType === "OBJECT_TABLE") {
      const table = catalog.tables.get(key);
      return [
        [key, "ACCESS EXCLUSIVE"],
        ...[...(table?.parents ?? [])].map((parent): TakenLock => [parent.key, "ACCESS EXCLUSIVE", true]),
        ...[...(table?.constraints.values() ?? [])].flatMap(({ references }): TakenLock[] =>
          references ? [[references.key, "ACCESS EXCLUSIVE", true]] : [],
        ),
      ];
    }
    if (["OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE"].includes(node.removeType ?? "")) {
      return isNoMember(catalog, node, object) ? [] : [[memberOf(object).table, "ACCESS EXCLUSIVE"]];
    }
    const table = node.removeType === "OBJECT_INDEX" ? catalog.indexes.get(key)?.table : undefined;
    return table === undefined
      ? []
      : [[table.key, node.concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE"]];
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
        const parent = catalog.tables.get(key);
        const rest = parent?.defaultPartition;
        const moved: TakenLock[] = rest === undefined ? [] : [[rest.key, "ACCESS EXCLUSIVE", true]];
        return [...moved, ...inheritedReferences(catalog, parent)];
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

/** True for a statement with IF EXISTS on a table that no script creates or uses. */
function isOfNothing(node: Node, key: string, catalog: Catalog): boolean {
  const statement =
    as(node, "AlterTableStmt") ??
    as(node, "DropStmt") ??
    as(node, "RenameStmt") ??
    as(node, "AlterObjectSchemaStmt");
  return statement?.missing_ok === true && !catalog.tables.has(key);
}

/**
 * Table locks that a statement takes, with the names of the tables before the script. Excludes tables that the script
 * itself creates, and views, which cannot be locked alone.
 */
export function locksOf(node: Node, catalog: Catalog): Lock[] {
  return takenLocks(node, catalog).flatMap(([key, mode, companion = false]): Lock[] => {
    const kind = catalog.tables.get(key)?.kind ?? "table";
    const table = catalog.nameAtStart(key);
    const isIndex = catalog.indexes.has(key) && !catalog.tables.has(key);
    if (key === "" || isIndex || table === undefined || kind !== "table" || isOfNothing(node, key, catalog))
      return [];
    const dropped = as(node, "DropStmt")?.removeType === "OBJECT_TABLE" && !companion;
    return [{ table, mode, companion, dropped }];
  });
}

export function declaredLocks({ locks }: MigrationScript): Lock[] {
  return locks.map(({ table, mode }) => {
    return { table: keyOf(parseName(table) ?? [table]), mode, companion: false, dropped: false };
  });
}

/** Locks of a script so far, by table. A lock on a table also covers the tables that inherit from it. */
export class LockSet {
  private readonly byTable = new Map<string, Lock[]>();
  /** Tables that the script changes under ACCESS EXCLUSIVE by its own statements, in their order. */
  readonly changed = new Set<string>();

  constructor(private readonly catalog: Catalog) {}

  get isEmpty(): boolean {
    return this.byTable.size === 0;
  }

  get blocksClients(): boolean {
    return [...this.byTable.values()].flat().some(({ mode }) => blocksClients(mode));
  }

  get tables(): Iterable<string> {
    return this.byTable.keys();
  }

  add(lock: Lock): void {
    const locks = this.byTable.get(lock.table);
    if (!locks) this.byTable.set(lock.table, [lock]);
    else if (!locks.some((known) => known.mode === lock.mode && known.companion === lock.companion))
      locks.push(lock);
  }

  /** Locks of the table itself, and those of its parents. */
  of(table: string): Lock[] {
    const known = this.catalog.atStart(table);
    const names = known
      ? withAncestors(known).map(({ key }) => this.catalog.nameAtStart(key) ?? key)
      : [table];
    return names.flatMap((name) => this.byTable.get(name) ?? []);
  }

  covers({ table, mode }: Lock): boolean {
    return this.of(table).some((lock) => compareLockModes(lock.mode, mode) >= 0);
  }
}
