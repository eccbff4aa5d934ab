/** A published table needs a replica identity. Without one, each UPDATE and DELETE of it fails. */

import type { Node, PublicationTable } from "libpg-query";
import { as, keyOf, strings, tableKey } from "../ast";
import type { Table } from "../catalog";
import { option } from "../routines";
import { BOTH_PHASES, type LintRule, type StatementContext, tableCommands } from "../rule";

function publishesChanges(options: readonly Node[] | undefined): boolean {
  const published = as(option(options, "publish"), "String")?.sval;
  return published === undefined || /\b(?:update|delete)\b/i.test(published);
}

/** Columns that identify a row for a subscriber. Undefined if the table has none, or if they are not known. */
function identityColumns(table: Table | undefined): readonly string[] | "all" | undefined {
  if (!table || table.replicaIdentity === "nothing" || table.replicaIdentity === "index") return undefined;
  if (table.replicaIdentity === "full") return "all";
  return [...table.constraints.values()].find(({ kind, isPossible }) => kind === "primary" && !isPossible)
    ?.columns;
}

function problemOf(
  { relation, columns, whereClause }: PublicationTable,
  context: StatementContext,
): string | undefined {
  const key = tableKey(relation);
  const table = context.catalog.tables.get(key);
  if (context.catalog.isNewTable(key)) return undefined;
  const identity = identityColumns(table);
  if (!identity) {
    return table?.replicaIdentity === "index" ? undefined : "it has no primary key that the scripts show";
  }
  if (whereClause) return "its WHERE may use columns outside the replica identity";
  const listed = strings(columns);
  const isComplete =
    identity === "all" ? listed.length === 0 : identity.every((name) => listed.includes(name));
  return listed.length === 0 || isComplete ? undefined : "its list of columns lacks the replica identity";
}

const PUBLISHED_KINDS: Partial<Record<string, string>> = {
  PUBLICATIONOBJ_TABLES_IN_SCHEMA: "all tables of the schema",
  PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA: "all tables of the schema",
};

export const replicationRules: readonly LintRule[] = [
  {
    name: "replica-identity",
    statements: ["CreatePublicationStmt", "AlterPublicationStmt", "AlterTableStmt"],
    commands: ["AT_ReplicaIdentity"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "Each UPDATE and DELETE of {table} fails while it is published: {reason}.",
    remediation: `Give the table a primary key first, or in an earlier script: ALTER TABLE {table} REPLICA IDENTITY FULL;
or publish only its new rows: WITH (publish = 'insert')`,
    *check(statement, context) {
      const created = as(statement.node, "CreatePublicationStmt");
      const altered = as(statement.node, "AlterPublicationStmt");
      const publication = created ?? altered;
      if (publication && altered?.action !== "AP_DropObjects" && publishesChanges(publication.options)) {
        if (publication.for_all_tables)
          yield { table: "a table without a key", reason: "all tables are published" };
        for (const item of publication.pubobjects ?? []) {
          const object = as(item, "PublicationObjSpec");
          const kind = PUBLISHED_KINDS[object?.pubobjtype ?? ""];
          if (kind !== undefined)
            yield {
              table: "a table without a key",
              reason: `${kind} ${keyOf([object?.name ?? ""])} are published`,
            };
          const reason = object?.pubtable && problemOf(object.pubtable, context);
          if (reason !== undefined) yield { table: tableKey(object?.pubtable?.relation), reason };
        }
      }
      for (const { table, command } of tableCommands(statement, context)) {
        const identity = as(command.def, "ReplicaIdentityStmt")?.identity_type;
        if (identity === "n") yield { table, reason: "it has no replica identity" };
      }
    },
  },
];
