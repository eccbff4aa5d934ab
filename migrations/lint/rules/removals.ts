/** An object must keep its name as long as a version that uses it can serve. */

import { as, keyOf, objectParts } from "../ast";
import { OBJECT_KINDS } from "../catalog-apply";
import {
  BOTH_PHASES,
  type LintRule,
  type LintStatement,
  type StatementContext,
  tableCommands,
} from "../rule";

interface DroppedObject {
  readonly kind: string;
  readonly name: string;
}

function dropped({ node }: LintStatement, { catalog }: StatementContext): DroppedObject[] {
  const drop = as(node, "DropStmt");
  const kind = OBJECT_KINDS[drop?.removeType ?? ""] ?? "object";
  return (drop?.objects ?? [])
    .map((object) => ({ kind, name: keyOf(objectParts(object)) }))
    .filter(({ name }) => {
      return kind === "relation"
        ? !catalog.isNewTable(name) && !catalog.isNew(kind, name)
        : !catalog.isNew(kind, name);
    });
}

const fails = "Every query of the running version that uses {name} fails from then on";
const contract = "Move it to a contract script, dead-from the first version that does not use {name}:";

export const removalRules: readonly LintRule[] = [
  {
    name: "drop-column",
    statements: ["AlterTableStmt"],
    severity: "error",
    phases: ["expand"],
    impact: `${fails}.`,
    remediation: `${contract}
ALTER TABLE {table} DROP COLUMN {column};`,
    *check(statement, context) {
      for (const { table, key, command } of tableCommands(statement, context)) {
        const column = command.name ?? "";
        const added = context.catalog.tables.get(key)?.columns.get(column)?.addedIn;
        if (command.subtype !== "AT_DropColumn" || added === context.script) continue;
        yield { table, column, name: `${table}.${column}` };
      }
    },
  },
  {
    name: "drop-table",
    statements: ["DropStmt"],
    severity: "error",
    phases: ["expand"],
    impact: `${fails}.`,
    remediation: `${contract}
{statement};`,
    *check(statement, context) {
      for (const { kind, name } of dropped(statement, context)) {
        if (kind === "relation" || kind === "schema") yield { name, statement: statement.text };
      }
    },
  },
  {
    name: "drop-object",
    statements: ["DropStmt"],
    severity: "error",
    phases: ["expand"],
    impact: `${fails}; a dropped trigger no longer keeps old and new columns equal.`,
    remediation: `${contract}
{statement};`,
    *check(statement, context) {
      for (const { kind, name } of dropped(statement, context)) {
        if (!["relation", "schema", "index"].includes(kind)) yield { name, statement: statement.text };
      }
    },
  },
  {
    name: "drop-constraint",
    statements: ["AlterTableStmt"],
    severity: "error",
    phases: ["expand"],
    impact:
      "An ON CONFLICT of the running version that needs {name} fails, duplicates are accepted, or rows no longer " +
      "cascade: it is {kind}.",
    remediation: `${contract}
ALTER TABLE {table} DROP CONSTRAINT {name};
(A CHECK, or a FOREIGN KEY without cascade, may be dropped in an expand script.)`,
    *check(statement, context) {
      for (const { table, key, command } of tableCommands(statement, context)) {
        if (command.subtype !== "AT_DropConstraint") continue;
        const name = command.name ?? "";
        const known = context.catalog.tables.get(key)?.constraints.get(name);
        if (known?.addedIn === context.script || known?.kind === "check" || known?.kind === "not-null")
          continue;
        if (known?.kind === "foreign" && !known.cascades) continue;
        const kinds = {
          unique: "a unique constraint",
          primary: "the primary key",
          exclusion: "an exclusion constraint",
          foreign: "a cascading foreign key",
        };
        yield { table, name, kind: known ? kinds[known.kind] : "of an unknown kind" };
      }
    },
  },
  {
    name: "drop-cascade",
    statements: ["AlterTableStmt", "DropStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "Everything that depends on {name} is dropped too: views, foreign keys and columns that serving versions use.",
    remediation: "Drop each object by its own statement, without CASCADE.",
    *check(statement, context) {
      const drop = as(statement.node, "DropStmt");
      if (drop?.behavior === "DROP_CASCADE") {
        for (const { name } of dropped(statement, context)) yield { name };
      }
      for (const { table, command } of tableCommands(statement, context)) {
        const drops = command.subtype === "AT_DropColumn" || command.subtype === "AT_DropConstraint";
        if (drops && command.behavior === "DROP_CASCADE") yield { name: `${table}.${command.name}` };
      }
    },
  },
];
