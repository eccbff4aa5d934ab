/** A published table needs a replica identity. Without one, each UPDATE and DELETE of it fails. */

import type { AlterTableCmd, PublicationTable } from "libpg-query";
import { quoteName } from "../../script/name";
import { as, findAll, keyOf, objectParts, strings, tableKey } from "../ast";
import type { Table } from "../catalog";
import { publicationOf, publishesChanges } from "../catalog-publications";
import {
  BOTH_PHASES,
  type LintRule,
  type LintStatement,
  type RuleMatch,
  type StatementContext,
  tableCommands,
} from "../rule";

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

/** True if a statement of the script gives the table a primary key or another replica identity, or publishes it no more. */
function getsIdentity(key: string, { statements }: StatementContext): boolean {
  return statements.some(({ node }) => {
    if (as(node, "AlterPublicationStmt")?.action === "AP_DropObjects") return true;
    const alter = as(node, "AlterTableStmt");
    const index = as(node, "CreateStmt");
    if (index && tableKey(index.relation) === key)
      return findAll(index.tableElts, "Constraint").some(({ contype }) => contype === "CONSTR_PRIMARY");
    if (!alter || tableKey(alter.relation) !== key) return false;
    const identities = findAll(alter.cmds, "ReplicaIdentityStmt").map(({ identity_type }) => identity_type);
    return (
      identities.some((type) => type === "f" || type === "i") ||
      findAll(alter.cmds, "Constraint").some(({ contype }) => contype === "CONSTR_PRIMARY")
    );
  });
}

/** True if the command removes the table's replica identity. */
function removesIdentity(command: AlterTableCmd, table: Table): boolean {
  const { subtype, name = "", def } = command;
  const key = [...table.constraints].find(([, { kind }]) => kind === "primary");
  if (subtype === "AT_ReplicaIdentity")
    return as(def, "ReplicaIdentityStmt")?.identity_type === "d" && !key && table.isWhole;
  if (table.replicaIdentity !== "default" || !key) return false;
  if (subtype === "AT_DropConstraint") return key[0] === name;
  return subtype === "AT_DropColumn" && key[1].columns.includes(name);
}

/** Published tables that have no replica identity after the statement. */
function* unidentified(statement: LintStatement, context: StatementContext): Generator<RuleMatch> {
  const { catalog } = context;
  const reported = (table: Table, key: string, why: string): RuleMatch[] => {
    const publication = publicationOf(catalog, table);
    if (publication === undefined || getsIdentity(key, context)) return [];
    return [{ table: key, reason: `${why}, and ${quoteName(publication)} publishes it` }];
  };
  for (const { key, command } of tableCommands(statement, context)) {
    const table = catalog.tables.get(key);
    if (table && removesIdentity(command, table))
      yield* reported(table, key, "it loses its replica identity");
  }
  for (const object of as(statement.node, "DropStmt")?.objects ?? []) {
    const index = catalog.indexes.get(keyOf(objectParts(object)));
    if (index && index.table.replicaIndex === index) {
      yield* reported(index.table, index.table.key, "it loses its replica identity");
    }
  }
  const create = as(statement.node, "CreateStmt");
  if (!create || create.partspec || create.relation?.relpersistence === "t" || create.partbound) return;
  const key = tableKey(create.relation);
  if (create.if_not_exists && catalog.tables.has(key)) return;
  const isCopy = findAll(create.tableElts, "TableLikeClause").length > 0;
  if (!isCopy) yield* reported(catalog.blank(key), key, "it has no primary key");
}

const PUBLISHED_KINDS: Partial<Record<string, string>> = {
  PUBLICATIONOBJ_TABLES_IN_SCHEMA: "all tables of the schema",
  PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA: "all tables of the schema",
};

export const replicationRules: readonly LintRule[] = [
  {
    name: "replica-identity",
    statements: ["CreatePublicationStmt", "AlterPublicationStmt", "AlterTableStmt", "DropStmt", "CreateStmt"],
    commands: ["AT_ReplicaIdentity", "AT_DropConstraint", "AT_DropColumn"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "Each UPDATE and DELETE of {table} fails while it is published: {reason}.",
    remediation: `Give the table a primary key first, or in an earlier script: ALTER TABLE {table} REPLICA IDENTITY FULL;
or publish only its new rows: WITH (publish = 'insert')`,
    *check(statement, context) {
      yield* unidentified(statement, context);
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
