import type { PartitionBoundSpec } from "libpg-query";
import { as, findAll, tableKey } from "../ast";
import type { Catalog } from "../catalog";
import { impliesBounds } from "../partition-bounds";
import { BOTH_PHASES, isVisible, type LintRule, tableCommands, tableName } from "../rule";

const REWRITING_COMMANDS: Partial<Record<string, string>> = {
  AT_SetLogged: "SET LOGGED",
  AT_SetUnLogged: "SET UNLOGGED",
  AT_SetTableSpace: "SET TABLESPACE",
  AT_SetAccessMethod: "SET ACCESS METHOD",
  AT_SetExpression: "SET EXPRESSION",
};

/**
 * True if ATTACH PARTITION scans the partition. A validated CHECK that implies the partition's bounds avoids the
 * scan.
 */
function scannedByAttach(
  catalog: Catalog,
  partition: string,
  parent: string,
  bound: PartitionBoundSpec | undefined,
): boolean {
  if (catalog.isNewTable(partition)) return false;
  const table = catalog.tables.get(partition);
  return !table || !impliesBounds(catalog, table, catalog.tables.get(parent)?.partitionKey ?? [], bound);
}

export const tableRules: readonly LintRule[] = [
  {
    name: "rewrite-table",
    statements: ["AlterTableStmt", "ClusterStmt", "VacuumStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "Reads and writes of {table} wait while {operation} rewrites the table.",
    remediation: `CREATE TABLE {table}_new (LIKE {table} INCLUDING ALL); -- with a trigger on {table} that writes to both
-- backfill: {table}
-- key: id
INSERT INTO {table}_new SELECT … FROM {table} WHERE id BETWEEN $1 AND $2 ON CONFLICT DO NOTHING;
To reclaim space: pg_repack or pg_squeeze, outside the scripts.`,
    *check(statement, context) {
      for (const { table, command } of tableCommands(statement, context)) {
        const operation = REWRITING_COMMANDS[command.subtype ?? ""];
        if (operation) yield { table, operation };
      }
      const cluster = as(statement.node, "ClusterStmt");
      if (cluster && (!cluster.relation || isVisible(cluster.relation, context))) {
        yield { table: tableName(cluster.relation) || "every table", operation: "CLUSTER" };
      }
      const vacuum = as(statement.node, "VacuumStmt");
      if (vacuum && findAll(vacuum.options, "DefElem").some(({ defname }) => defname === "full")) {
        const [first] = findAll(vacuum.rels, "VacuumRelation");
        yield { table: tableName(first?.relation) || "every table", operation: "VACUUM FULL" };
      }
    },
  },
  {
    name: "truncate",
    statements: ["TruncateStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "Reads and writes of {table} wait until the script ends, and then the table is empty for all versions{cascade}.",
    remediation: `-- backfill: {table}
-- key: id
DELETE FROM {table} WHERE id BETWEEN $1 AND $2;`,
    *check({ node }, context) {
      const truncate = as(node, "TruncateStmt");
      const cascade = truncate?.behavior === "DROP_CASCADE" ? ", like all tables that reference it" : "";
      for (const item of truncate?.relations ?? []) {
        const relation = as(item, "RangeVar");
        if (isVisible(relation, context)) yield { table: tableName(relation), cascade };
      }
    },
  },
  {
    name: "attach-partition",
    statements: ["AlterTableStmt", "CreateStmt"],
    commands: ["AT_AttachPartition"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "Reads and writes of {table} wait while the server checks each row against the partition bounds.",
    remediation: `ALTER TABLE {partition} ADD CONSTRAINT {partition}_bounds CHECK (…) NOT VALID; -- the same as the partition's bounds
in a later script: ALTER TABLE {partition} VALIDATE CONSTRAINT {partition}_bounds;
in a later script: ALTER TABLE {parent} ATTACH PARTITION {partition} FOR VALUES …;
A default partition is scanned too: move its rows elsewhere and detach it first.`,
    *check(statement, context) {
      const { catalog } = context;
      for (const { table: parent, key, command } of tableCommands(statement, context)) {
        const attached = as(command.def, "PartitionCmd");
        if (command.subtype !== "AT_AttachPartition" || !attached) continue;
        const partition = tableName(attached.name);
        const rest = catalog.tables.get(key)?.defaultPartition?.key;
        if (scannedByAttach(catalog, tableKey(attached.name), key, attached.bound))
          yield { table: partition, partition, parent };
        if (rest !== undefined && !catalog.isNewTable(rest)) yield { table: rest, partition, parent };
      }
      const create = as(statement.node, "CreateStmt");
      for (const parent of create?.partbound ? findAll(create.inhRelations, "RangeVar") : []) {
        const rest = catalog.tables.get(tableKey(parent))?.defaultPartition?.key;
        if (rest !== undefined && !catalog.isNewTable(rest)) {
          yield { table: rest, partition: tableName(create?.relation), parent: tableName(parent) };
        }
      }
    },
  },
  {
    name: "change-inheritance",
    statements: ["AlterTableStmt", "CreateStmt"],
    commands: ["AT_AddInherit", "AT_DropInherit"],
    severity: "error",
    phases: ["expand"],
    impact: "Queries of the running version on {parent} {change} the rows of {table}.",
    remediation: "{way}",
    *check(statement, context) {
      const { catalog } = context;
      const isNew = (name: string) =>
        catalog.isNewTable(name) || catalog.isUnknownToRunning(catalog.tables.get(name)?.createdIn);
      const create = as(statement.node, "CreateStmt");
      const isKept = create?.if_not_exists && catalog.tables.get(tableKey(create.relation))?.createdIn;
      const parents = create && !create.partbound && !isKept && create.relation?.relpersistence !== "t";
      for (const item of (parents && create.inhRelations) || []) {
        const inherited = as(item, "RangeVar");
        if (isNew(tableKey(inherited))) continue;
        const [table, parent] = [tableName(create?.relation), tableName(inherited)];
        const way = `CREATE TABLE ${table} (LIKE ${parent} INCLUDING ALL); -- and read both tables in the new version`;
        yield { table, parent, change: "also find and change", way };
      }
      for (const { table, key, command } of tableCommands(statement, context)) {
        const parent = as(command.def, "RangeVar");
        if (!parent || isNew(key) || isNew(tableKey(parent))) continue;
        const isAdded = command.subtype === "AT_AddInherit";
        const way = isAdded
          ? `Read both tables in the new version: SELECT … FROM ${tableName(parent)} UNION ALL SELECT … FROM ${table};`
          : `in a contract script: ALTER TABLE ${table} NO INHERIT ${tableName(parent)};`;
        yield {
          table,
          parent: tableName(parent),
          change: isAdded ? "also find and change" : "no longer find",
          way,
        };
      }
    },
  },
  {
    name: "detach-partition",
    statements: ["AlterTableStmt"],
    commands: ["AT_DetachPartition"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "{why}",
    remediation: `in a separate contract script with the header -- transaction: none:
ALTER TABLE {table} DETACH PARTITION {partition} CONCURRENTLY;
or delete its rows in batches and leave it attached:
-- backfill: {partition}
-- key: id
DELETE FROM {partition} WHERE id BETWEEN $1 AND $2;`,
    *check(statement, context) {
      for (const { table, command } of tableCommands(statement, context)) {
        const detached = as(command.def, "PartitionCmd");
        if (command.subtype !== "AT_DetachPartition" || !detached) continue;
        const waits = `Reads and writes of all partitions of ${table} wait as soon as DETACH queues for its lock.`;
        const lost = `The running version no longer finds the partition's rows in ${table}.`;
        const partition = tableName(detached.name);
        if (!detached.concurrent) yield { table, partition, why: waits };
        else if (context.script.phase === "expand") yield { table, partition, why: lost };
      }
    },
  },
];
