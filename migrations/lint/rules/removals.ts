/** What the running version uses must stay, under its name, until no version that uses it can serve. */

import { as, keyOf, objectParts } from "../ast";
import { objectKinds } from "../catalog-apply";
import { bothPhases, type LintRule, type LintStatement, type StatementContext, tableCommands } from "../rule";

interface Dropped {
  readonly kind: string;
  readonly name: string;
}

/** What a DROP statement takes away that others can see. */
function dropped({ node }: LintStatement, { catalog }: StatementContext): Dropped[] {
  const drop = as(node, "DropStmt");
  const kind = objectKinds[drop?.removeType ?? ""] ?? "object";
  return (drop?.objects ?? [])
    .map((object) => ({ kind, name: keyOf(objectParts(object)) }))
    .filter(({ name }) => {
      return kind === "relation"
        ? !catalog.isNewTable(name) && !catalog.isNew(kind, name)
        : !catalog.isNew(kind, name);
    });
}

const fails = "Every query of the running version that uses {name} fails from the moment of the change on";
const contract = "Put it into a contract script, dead-from the first version that does not use {name}:";

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
    impact: `${fails}; a trigger that kept two shapes in step no longer does.`,
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
      "An ON CONFLICT of the running version that rests on {name} fails, duplicates get in, or rows are no longer taken " +
      "along: it is {kind}.",
    remediation: `${contract}
ALTER TABLE {table} DROP CONSTRAINT {name};
(A CHECK, or a FOREIGN KEY without cascade, may go in an expand script.)`,
    *check(statement, context) {
      for (const { table, key, command } of tableCommands(statement, context)) {
        if (command.subtype !== "AT_DropConstraint") continue;
        const name = command.name ?? "";
        const known = context.catalog.tables.get(key)?.constraints.get(name);
        if (known?.addedIn === context.script || known?.kind === "check" || known?.kind === "not-null")
          continue;
        if (known?.kind === "foreign" && !known.cascades) continue;
        const kinds = {
          unique: "unique",
          primary: "the primary key",
          exclusion: "an exclusion",
          foreign: "cascading",
        };
        yield { table, name, kind: known ? kinds[known.kind] : "of a kind that no earlier script tells" };
      }
    },
  },
  {
    name: "drop-cascade",
    statements: ["AlterTableStmt", "DropStmt"],
    severity: "error",
    phases: bothPhases,
    impact:
      "Whatever depends on {name} goes too, unnamed: views, foreign keys and columns that serving versions use.",
    remediation: "Name what goes, each with a DROP of its own, and leave CASCADE out.",
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
