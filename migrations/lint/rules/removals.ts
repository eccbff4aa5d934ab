/** An object must keep its name as long as a version that uses it can serve. */

import { quoteName } from "../../script/name";
import { as, keyOf, objectParts, tableKey } from "../ast";
import { CHANGING_ACTIONS, type Constraint, type Table } from "../catalog";
import { OBJECT_KINDS } from "../catalog-apply";
import { constraintKind } from "../catalog-tables";
import { isSameForeignKey } from "../constraint-difference";
import { type Difference, differenceOf, isNewObject, isNothing, triggerDifference } from "../replaced";
import {
  BOTH_PHASES,
  isVisible,
  type LintRule,
  type LintStatement,
  type StatementContext,
  tableCommands,
} from "../rule";

interface DroppedObject {
  readonly kind: string;
  readonly name: string;
  readonly difference: Difference | undefined;
}

function dropped(statement: LintStatement, context: StatementContext): DroppedObject[] {
  const drop = as(statement.node, "DropStmt");
  const kind = OBJECT_KINDS[drop?.removeType ?? ""] ?? "object";
  return (drop?.objects ?? [])
    .filter((object) => !isNewObject(kind, object, context))
    .filter((object) => !(drop?.missing_ok && isNothing(kind, object, context.catalog)))
    .map((object) => ({
      kind,
      name: keyOf(objectParts(object)),
      difference: differenceOf(kind, object, statement, context),
    }));
}

/** True if the running version can use the object that the script creates instead. */
const isReplaced = ({ difference }: DroppedObject) => difference === "same" || difference === "replaced";

const fails = "Every query of the running version that uses {name} fails from then on";
const contract = "Move it to a contract script, dead-from the first version that does not use {name}:";

const untriggered = (name: string) =>
  `Writes of the running version for which ${name} ran no longer run it, so it no longer keeps old and new columns equal.`;

const isWholly = (table: Table | undefined) => table?.isWhole === true;

const cascades = ({ isEnforced, deleteAction, updateAction }: Constraint) =>
  isEnforced && [deleteAction, updateAction].some((action) => CHANGING_ACTIONS.includes(action));

/**
 * True if the script adds the foreign key again with actions that allow the deletes and updates of the running
 * version, as the dropped actions do.
 */
function isKeptOpen(
  table: Table | undefined,
  dropped: Constraint,
  key: string,
  { statements }: StatementContext,
): boolean {
  const columns = dropped.columns.map((name) => table?.columns.get(name));
  const permits = (before: string, now: string) => {
    if (!CHANGING_ACTIONS.includes(before)) return true;
    return now === "c" || (now === "n" && columns.every((column) => column && !column.notNull));
  };
  return statements.some(({ node }) => {
    const alter = as(node, "AlterTableStmt");
    if (!alter || tableKey(alter.relation) !== key) return false;
    return (alter.cmds ?? []).some((item) => {
      const command = as(item, "AlterTableCmd");
      const added = command?.subtype === "AT_AddConstraint" ? as(command.def, "Constraint") : undefined;
      if (!added || constraintKind(added) !== "foreign" || !isSameForeignKey(added, dropped)) return false;
      return (
        permits(dropped.deleteAction, added.fk_del_action ?? "a") &&
        permits(dropped.updateAction, added.fk_upd_action ?? "a")
      );
    });
  });
}

export const removalRules: readonly LintRule[] = [
  {
    name: "drop-column",
    statements: ["AlterTableStmt"],
    commands: ["AT_DropColumn"],
    severity: "error",
    phases: ["expand"],
    impact: `${fails}.`,
    remediation: `${contract}
ALTER TABLE {table} DROP COLUMN {column};`,
    *check(statement, context) {
      for (const { table, key, command } of tableCommands(statement, context)) {
        if (command.subtype !== "AT_DropColumn") continue;
        const known = context.catalog.tables.get(key);
        const added = known?.columns.get(command.name ?? "");
        if (added ? added.addedIn === context.script : command.missing_ok && isWholly(known)) continue;
        const column = quoteName(command.name ?? "");
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
      for (const object of dropped(statement, context)) {
        if (isReplaced(object)) continue;
        if (object.kind === "relation" || object.kind === "schema")
          yield { name: object.name, statement: statement.text };
      }
    },
  },
  {
    name: "drop-object",
    statements: ["DropStmt", "CreateTrigStmt"],
    severity: "error",
    phases: ["expand"],
    impact: "{effect}",
    remediation: `${contract}
{statement};`,
    *check(statement, context) {
      for (const object of dropped(statement, context)) {
        if (isReplaced(object)) continue;
        if (["relation", "schema", "index"].includes(object.kind)) continue;
        const effect =
          object.kind === "trigger" ? untriggered(object.name) : `${fails.replace("{name}", object.name)}.`;
        yield { name: object.name, effect, statement: statement.text };
      }
      const trigger = as(statement.node, "CreateTrigStmt");
      const older = context.catalog.tables
        .get(tableKey(trigger?.relation))
        ?.triggers.get(trigger?.trigname ?? "");
      if (!trigger?.replace || !older || older.addedIn === context.script) return;
      if (!isVisible(trigger.relation, context)) return;
      if (triggerDifference(as(older.node, "CreateTrigStmt"), trigger) !== "narrower") return;
      const name = quoteName(older.name);
      yield { name, effect: untriggered(name), statement: statement.text };
    },
  },
  {
    name: "drop-constraint",
    statements: ["AlterTableStmt"],
    commands: ["AT_DropConstraint", "AT_AlterConstraint"],
    severity: "error",
    phases: ["expand"],
    impact:
      "An ON CONFLICT of the running version that needs {name} fails, duplicates are accepted, or rows no longer " +
      "cascade: it is {kind}.",
    remediation: `${contract}
ALTER TABLE {table} {change};
(A CHECK, or a FOREIGN KEY without cascade, may be dropped in an expand script.)`,
    *check(statement, context) {
      for (const { table, key, command } of tableCommands(statement, context)) {
        const altered = as(command.def, "ATAlterConstraint");
        if (altered?.alterEnforceability && !altered.is_enforced) {
          const known = context.catalog.tables.get(key)?.constraints.get(altered.conname ?? "");
          if (known && (known.addedIn === context.script || !cascades(known))) continue;
          const name = quoteName(altered.conname ?? "");
          yield {
            table,
            name,
            kind: "a foreign key that may cascade",
            change: `ALTER CONSTRAINT ${name} NOT ENFORCED`,
          };
        }
        if (command.subtype !== "AT_DropConstraint") continue;
        const changed = context.catalog.tables.get(key);
        const known = changed?.constraints.get(command.name ?? "");
        if (!known && command.missing_ok && isWholly(changed)) continue;
        if (known?.addedIn === context.script || known?.kind === "check" || known?.kind === "not-null")
          continue;
        if (known?.kind === "foreign" && (!cascades(known) || isKeptOpen(changed, known, key, context)))
          continue;
        const name = quoteName(command.name ?? "");
        const kinds = {
          unique: "a unique constraint",
          primary: "the primary key",
          exclusion: "an exclusion constraint",
          foreign: "a cascading foreign key",
        };
        const change = `DROP CONSTRAINT ${name}`;
        yield { table, name, kind: known ? kinds[known.kind] : "of an unknown kind", change };
      }
    },
  },
  {
    name: "drop-cascade",
    statements: ["AlterTableStmt", "DropStmt"],
    commands: ["AT_DropColumn", "AT_DropConstraint"],
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
        if (drops && command.behavior === "DROP_CASCADE")
          yield { name: `${table}.${quoteName(command.name ?? "")}` };
      }
    },
  },
];
