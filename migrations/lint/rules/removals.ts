/** What the running version uses must stay, under its name, until no version that uses it can serve. */

import { as, keyOf, objectParts } from "../ast";
import { objectKinds } from "../catalog-apply";
import { bothPhases, type Rule, type Scene, type Statement, tableCommands } from "../rule";

interface Dropped {
  readonly kind: string;
  readonly name: string;
}

/** What a DROP statement takes away that others can see. */
function dropped({ node }: Statement, { catalog }: Scene): Dropped[] {
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

export const removalRules: readonly Rule[] = [
  {
    name: "drop-column",
    statements: ["AlterTableStmt"],
    severity: "error",
    phases: ["expand"],
    feels: `${fails}.`,
    safeWay: `${contract}
ALTER TABLE {table} DROP COLUMN {column};`,
    *check(statement, scene) {
      for (const { table, key, command } of tableCommands(statement, scene)) {
        const column = command.name ?? "";
        const added = scene.catalog.tables.get(key)?.columns.get(column)?.addedIn;
        if (command.subtype !== "AT_DropColumn" || added === scene.script) continue;
        yield { table, column, name: `${table}.${column}` };
      }
    },
  },
  {
    name: "drop-table",
    statements: ["DropStmt"],
    severity: "error",
    phases: ["expand"],
    feels: `${fails}.`,
    safeWay: `${contract}
{statement};`,
    *check(statement, scene) {
      for (const { kind, name } of dropped(statement, scene)) {
        if (kind === "relation" || kind === "schema") yield { name, statement: statement.text };
      }
    },
  },
  {
    name: "drop-object",
    statements: ["DropStmt"],
    severity: "error",
    phases: ["expand"],
    feels: `${fails}; a trigger that kept two shapes in step no longer does.`,
    safeWay: `${contract}
{statement};`,
    *check(statement, scene) {
      for (const { kind, name } of dropped(statement, scene)) {
        if (!["relation", "schema", "index"].includes(kind)) yield { name, statement: statement.text };
      }
    },
  },
  {
    name: "drop-constraint",
    statements: ["AlterTableStmt"],
    severity: "error",
    phases: ["expand"],
    feels:
      "An ON CONFLICT of the running version that rests on {name} fails, duplicates get in, or rows are no longer taken " +
      "along: it is {kind}.",
    safeWay: `${contract}
ALTER TABLE {table} DROP CONSTRAINT {name};
(A CHECK, or a FOREIGN KEY without cascade, may go in an expand script.)`,
    *check(statement, scene) {
      for (const { table, key, command } of tableCommands(statement, scene)) {
        if (command.subtype !== "AT_DropConstraint") continue;
        const name = command.name ?? "";
        const known = scene.catalog.tables.get(key)?.constraints.get(name);
        if (known?.addedIn === scene.script || known?.kind === "check" || known?.kind === "not-null")
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
    feels:
      "Whatever depends on {name} goes too, unnamed: views, foreign keys and columns that serving versions use.",
    safeWay: "Name what goes, each with a DROP of its own, and leave CASCADE out.",
    *check(statement, scene) {
      const drop = as(statement.node, "DropStmt");
      if (drop?.behavior === "DROP_CASCADE") {
        for (const { name } of dropped(statement, scene)) yield { name };
      }
      for (const { table, command } of tableCommands(statement, scene)) {
        const drops = command.subtype === "AT_DropColumn" || command.subtype === "AT_DropConstraint";
        if (drops && command.behavior === "DROP_CASCADE") yield { name: `${table}.${command.name}` };
      }
    },
  },
];
