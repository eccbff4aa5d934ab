/**
 * During a release two versions serve, and each uses only one of the names. Both names must exist until the old
 * version is retired.
 */

import { quoteName } from "../../script/name";
import { as, keyOf, objectParts, strings, tableKey } from "../ast";
import { OBJECT_KINDS } from "../catalog-apply";
import { isNewObject } from "../replaced";
import { BOTH_PHASES, isVisible, type LintRule, tableName } from "../rule";

const fails =
  "Each serving version uses only one of the names of {name}: its queries fail either before or after the change.";

export const renameRules: readonly LintRule[] = [
  {
    name: "rename-column",
    statements: ["RenameStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: fails,
    remediation: `ALTER TABLE {table} ADD COLUMN {to} …; -- and a trigger that keeps both columns equal
-- backfill: {table}
-- key: id
UPDATE {table} SET {to} = {from} WHERE id BETWEEN $1 AND $2 AND {to} IS NULL;
in a contract script: ALTER TABLE {table} DROP COLUMN {from};`,
    *check({ node }, context) {
      const rename = as(node, "RenameStmt");
      if (rename?.renameType !== "OBJECT_COLUMN" || !isVisible(rename.relation, context)) return;
      const known = context.catalog.tables.get(tableKey(rename.relation));
      if (!known && rename.missing_ok) return;
      if (known?.columns.get(rename.subname ?? "")?.addedIn === context.script) return;
      const from = quoteName(rename.subname ?? "");
      const table = tableName(rename.relation);
      yield { table, from, to: quoteName(rename.newname ?? ""), name: `${table}.${from}` };
    },
  },
  {
    name: "rename-table",
    statements: ["RenameStmt", "AlterObjectSchemaStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: fails,
    remediation: `CREATE VIEW {to} AS SELECT … FROM {name}; -- a simple view is updatable; new versions use it
or create {to} beside it as in the rule rewrite-table; and in a contract script: DROP TABLE {name};`,
    *check({ node }, context) {
      const rename = as(node, "RenameStmt");
      const relations = [
        "OBJECT_TABLE",
        "OBJECT_VIEW",
        "OBJECT_MATVIEW",
        "OBJECT_SEQUENCE",
        "OBJECT_FOREIGN_TABLE",
      ];
      if (rename && relations.includes(rename.renameType ?? "") && isVisible(rename.relation, context)) {
        const isNothing = rename.missing_ok && !context.catalog.tables.has(tableKey(rename.relation));
        // PostgreSQL accepts an index in ALTER TABLE … RENAME TO, too.
        const isIndex = context.catalog.indexes.has(tableKey(rename.relation));
        const to = keyOf([rename.relation?.schemaname ?? "public", rename.newname ?? ""]);
        if (!isNothing && !isIndex) yield { name: tableName(rename.relation), to };
      }
      if (rename?.renameType === "OBJECT_SCHEMA")
        yield { name: quoteName(rename.subname ?? ""), to: quoteName(rename.newname ?? "") };
      const move = as(node, "AlterObjectSchemaStmt");
      if (move?.relation && isVisible(move.relation, context)) {
        if (move.missing_ok && !context.catalog.tables.has(tableKey(move.relation))) return;
        const to = keyOf([move.newschema ?? "", move.relation.relname ?? ""]);
        yield { name: tableName(move.relation), to };
      }
    },
  },
  {
    name: "rename-enum-value",
    statements: ["AlterEnumStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "Each serving version knows only one of the two values: it writes one that is rejected, or reads an unknown one.",
    remediation: `ALTER TYPE {type} ADD VALUE IF NOT EXISTS '{to}' AFTER '{from}'; -- it can never be removed again
The new version reads both and writes '{to}'; a backfill changes the rows once no older version serves.`,
    *check({ node }, { catalog }) {
      const change = as(node, "AlterEnumStmt");
      const type = keyOf(strings(change?.typeName));
      if (change?.oldVal && !catalog.isNew("type", type))
        yield { type, from: change.oldVal, to: change.newVal ?? "" };
    },
  },
  {
    name: "rename-object",
    statements: ["RenameStmt", "AlterObjectSchemaStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: fails,
    remediation: "Create another object with the new name; in a contract script, drop {name}.",
    *check({ node }, context) {
      const { catalog, script } = context;
      const rename = as(node, "RenameStmt");
      const move = as(node, "AlterObjectSchemaStmt");
      if (move && !move.relation) {
        const name = keyOf(objectParts(move.object));
        const kind = OBJECT_KINDS[move.objectType ?? ""] ?? "object";
        if (!move.object || !isNewObject(kind, move.object, context)) yield { name };
      }
      const kind = OBJECT_KINDS[rename?.renameType ?? ""];
      if ((kind === "routine" || kind === "type") && rename?.object) {
        const name = keyOf(objectParts(rename.object));
        if (!isNewObject(kind, rename.object, context)) yield { name };
      }
      if (rename?.renameType === "OBJECT_ATTRIBUTE") {
        const type = tableKey(rename.relation);
        if (!catalog.isNew("type", type)) yield { name: `${type}.${quoteName(rename.subname ?? "")}` };
      }
      if (rename?.renameType === "OBJECT_TABCONSTRAINT" && !catalog.isNewTable(tableKey(rename.relation))) {
        const table = catalog.tables.get(tableKey(rename.relation));
        const name = rename.subname ?? "";
        if (table?.constraints.get(name)?.addedIn !== script) yield { name: quoteName(name) };
      }
      const isIndex =
        rename?.renameType === "OBJECT_INDEX" || catalog.indexes.has(tableKey(rename?.relation));
      if (rename?.relation && isIndex) {
        const name = tableKey(rename.relation);
        const index = catalog.indexes.get(name);
        if (!index && rename.missing_ok && catalog.isWhole) return;
        const isOwn = index && (index.addedIn === script || catalog.isNewTable(index.table.key));
        // ON CONFLICT ON CONSTRAINT names the index of a constraint. An index that no script creates can be one.
        if (!isOwn && (!index || index.ofConstraint)) yield { name };
      }
    },
  },
];
