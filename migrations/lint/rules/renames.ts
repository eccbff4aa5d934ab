/** There is no moment at which all serving versions change a name: both names live side by side for a while. */

import { as, keyOf, objectParts, strings, tableKey } from "../ast";
import { objectKinds } from "../catalog-apply";
import { bothPhases, isVisible, type LintRule, tableName } from "../rule";

const fails =
  "Each version that serves knows {name} under one name only: its queries fail before the change, or after it.";

export const renameRules: readonly LintRule[] = [
  {
    name: "rename-column",
    statements: ["RenameStmt"],
    severity: "error",
    phases: bothPhases,
    impact: fails,
    remediation: `ALTER TABLE {table} ADD COLUMN {to} …; -- and a trigger that keeps both in step
-- backfill: {table}
-- key: id
UPDATE {table} SET {to} = {from} WHERE id BETWEEN $1 AND $2 AND {to} IS NULL;
in a contract script: ALTER TABLE {table} DROP COLUMN {from};`,
    *check({ node }, context) {
      const rename = as(node, "RenameStmt");
      if (rename?.renameType !== "OBJECT_COLUMN" || !isVisible(rename.relation, context)) return;
      const from = rename.subname ?? "";
      const added = context.catalog.tables.get(tableKey(rename.relation))?.columns.get(from)?.addedIn;
      if (added === context.script) return;
      const table = tableName(rename.relation);
      yield { table, from, to: rename.newname ?? "", name: `${table}.${from}` };
    },
  },
  {
    name: "rename-table",
    statements: ["RenameStmt", "AlterObjectSchemaStmt"],
    severity: "error",
    phases: bothPhases,
    impact: fails,
    remediation: `CREATE VIEW {to} AS SELECT … FROM {name}; -- a simple view can be written to; new versions use it
or build {to} beside it as for rewrite-table; and in a contract script: DROP TABLE {name};`,
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
        yield { name: tableName(rename.relation), to: rename.newname ?? "" };
      }
      if (rename?.renameType === "OBJECT_SCHEMA")
        yield { name: rename.subname ?? "", to: rename.newname ?? "" };
      const move = as(node, "AlterObjectSchemaStmt");
      if (move?.relation && isVisible(move.relation, context)) {
        yield { name: tableName(move.relation), to: `${move.newschema}.${move.relation.relname}` };
      }
    },
  },
  {
    name: "rename-enum-value",
    statements: ["AlterEnumStmt"],
    severity: "error",
    phases: bothPhases,
    impact:
      "Each version that serves knows one of the words only: it writes one that is refused, or reads one that it never " +
      "met.",
    remediation: `ALTER TYPE {type} ADD VALUE IF NOT EXISTS '{to}' AFTER '{from}'; -- it can never be taken away again
The new version reads both and writes '{to}'; the rows are changed by a backfill once no older version serves.`,
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
    phases: bothPhases,
    impact: fails,
    remediation: "Make a new one under the new name beside it; in a contract script, drop {name}.",
    *check({ node }, { catalog, script }) {
      const rename = as(node, "RenameStmt");
      const move = as(node, "AlterObjectSchemaStmt");
      if (move && !move.relation) {
        const name = keyOf(objectParts(move.object));
        if (!catalog.isNew(objectKinds[move.objectType ?? ""] ?? "object", name)) yield { name };
      }
      const kind = objectKinds[rename?.renameType ?? ""];
      if (kind === "routine" || kind === "type") {
        const name = keyOf(objectParts(rename?.object));
        if (!catalog.isNew(kind, name)) yield { name };
      }
      if (rename?.renameType === "OBJECT_ATTRIBUTE") {
        const type = tableKey(rename.relation);
        if (!catalog.isNew("type", type)) yield { name: `${type}.${rename.subname}` };
      }
      if (rename?.renameType === "OBJECT_TABCONSTRAINT" && !catalog.isNewTable(tableKey(rename.relation))) {
        const table = catalog.tables.get(tableKey(rename.relation));
        const name = rename.subname ?? "";
        if (table?.constraints.get(name)?.addedIn !== script) yield { name };
      }
    },
  },
];
