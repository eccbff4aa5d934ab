/** After an expand script, writes of the running version must still be accepted and mean the same. */

import type { Constraint } from "libpg-query";
import { as, keyOf, strings, tableKey } from "../ast";
import { constrainedColumns, constraintKind } from "../catalog-tables";
import { raisesErrors } from "../code";
import { type ColumnState, truthOf } from "../null-logic";
import {
  addedConstraints,
  BOTH_PHASES,
  isVisible,
  type LintRule,
  type StatementContext,
  tableCommands,
  tableName,
} from "../rule";

// Bits of the column tgtype of pg_trigger.
const TIMING_BEFORE = 2;
const EVENT_INSERT_AND_UPDATE = 4 | 16;

/** True if the script creates a trigger that can correct each row that the running version inserts or updates. */
function hasCorrectingTrigger(key: string, { statements }: StatementContext): boolean {
  return statements.some(({ node }) => {
    const trigger = as(node, "CreateTrigStmt");
    return (
      trigger?.row === true &&
      tableKey(trigger.relation) === key &&
      trigger.timing === TIMING_BEFORE &&
      ((trigger.events ?? 0) & EVENT_INSERT_AND_UPDATE) === EVENT_INSERT_AND_UPDATE &&
      !trigger.columns &&
      !trigger.whenClause
    );
  });
}

/** Content of the columns in rows that the running version writes after the statement. */
function columnStateIn(
  key: string,
  { catalog }: StatementContext,
  own: string | undefined,
  ownDefault: boolean,
): ColumnState {
  return (column) => {
    if (column === own) return ownDefault ? "fits" : "null";
    const known = catalog.tables.get(key)?.columns.get(column);
    if (!known || !catalog.isUnknownToRunning(known.addedIn)) return "unknown";
    return known.hasDefault ? "fits" : "null";
  };
}

function mayReject(constraint: Constraint, columns: readonly string[], state: ColumnState): boolean {
  const kind = constraintKind(constraint);
  if (constraint.is_enforced === false || constraint.indexname) return false;
  if (kind === "check") return !["true", "null"].includes(truthOf(constraint.raw_expr, state));
  const states = columns.map(state);
  if (kind === "foreign") return states.includes("unknown");
  if (kind === "not-null") return states.some((found) => found !== "fits");
  const unique = kind === "unique" || kind === "primary" || kind === "exclusion";
  return unique && (constraint.nulls_not_distinct === true || !states.includes("null"));
}

export const runningWritesRules: readonly LintRule[] = [
  {
    name: "tightens-running-writes",
    statements: ["AlterTableStmt", "IndexStmt"],
    severity: "error",
    phases: ["expand"],
    impact:
      "Writes of the running version can violate {name}. Such an INSERT fails; with a NOT VALID check, so does an " +
      "UPDATE of an older row that violates it.",
    remediation: `Correct its writes in the same script:
CREATE TRIGGER … BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION …;
or move {name} to a contract script, dead-from the first version whose writes satisfy it.`,
    *check(statement, context) {
      for (const { table, key, constraint, column } of addedConstraints(statement, context)) {
        const kind = constraintKind(constraint);
        if (!kind || (kind === "not-null" && column) || hasCorrectingTrigger(key, context)) continue;
        if (context.catalog.isUnknownToRunning(context.catalog.tables.get(key)?.createdIn)) continue;
        const ownDefault = column?.constraints.some(({ contype }) => contype === "CONSTR_DEFAULT") ?? false;
        const columns = constrainedColumns(constraint, context.catalog, column?.name);
        if (mayReject(constraint, columns, columnStateIn(key, context, column?.name, ownDefault))) {
          yield { table, name: constraint.conname ?? `the ${kind} constraint on ${columns.join(", ")}` };
        }
      }
      const index = as(statement.node, "IndexStmt");
      const key = tableKey(index?.relation);
      if (index?.unique && isVisible(index.relation, context) && !hasCorrectingTrigger(key, context)) {
        const columns = (index.indexParams ?? []).map((item) => as(item, "IndexElem")?.name ?? "");
        const states = columns.map(columnStateIn(key, context, undefined, false));
        const created = context.catalog.tables.get(key)?.createdIn;
        if (
          !context.catalog.isUnknownToRunning(created) &&
          (index.nulls_not_distinct || !states.includes("null"))
        ) {
          yield { table: tableName(index.relation), name: `the unique index ${index.idxname ?? ""}`.trim() };
        }
      }
      for (const { table, command } of tableCommands(statement, context)) {
        const always = as(command.def, "Constraint")?.generated_when === "a";
        if (command.subtype === "AT_AddIdentity" && always) {
          yield { table, name: `GENERATED ALWAYS on ${command.name}` };
        }
      }
    },
  },
  {
    name: "trigger-refuses-writes",
    statements: ["CreateTrigStmt"],
    severity: "error",
    phases: ["expand"],
    impact: "A write of the running version to {table} may fail, because {function}() {does}.",
    remediation: `Let the trigger correct the row instead (NEW.… := …; RETURN NEW;), and add a constraint in a contract script.`,
    *check({ node }, context) {
      const trigger = as(node, "CreateTrigStmt");
      if (!trigger || !isVisible(trigger.relation, context)) return;
      const name = keyOf(strings(trigger.funcname));
      const routine = context.catalog.routines.get(name);
      const table = tableName(trigger.relation);
      if (!routine) yield { table, function: name, does: "is unknown" };
      else if (routine.language !== "plpgsql")
        yield { table, function: name, does: `is written in ${routine.language}, which is not analyzed` };
      else if (raisesErrors(routine.definition)) yield { table, function: name, does: "raises an exception" };
    },
  },
  {
    name: "disable-trigger",
    statements: ["AlterTableStmt", "VariableSetStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "Writes of all clients to {table} run without {trigger} until it is enabled again: foreign keys are not checked, " +
      "and old and new columns no longer match.",
    remediation: `Leave it enabled, and let its function skip the writes of the script; or, when no serving version needs it, in a
contract script: DROP TRIGGER … ON {table};`,
    *check(statement, context) {
      for (const { table, command } of tableCommands(statement, context)) {
        if (!/^AT_(DisableTrig|EnableReplicaTrig|DisableRule)/.test(command.subtype ?? "")) continue;
        yield { table, trigger: command.name ? `the trigger ${command.name}` : "its triggers" };
      }
      const setting = as(statement.node, "VariableSetStmt");
      if (setting?.name === "session_replication_role") yield { table: "any table", trigger: "its triggers" };
    },
  },
  {
    name: "row-level-security",
    statements: ["AlterTableStmt", "CreatePolicyStmt", "AlterPolicyStmt"],
    severity: "error",
    phases: ["expand"],
    impact: "The running version reads and writes only the rows of {table} that a policy permits.",
    remediation: `Let the new version set what the policies need; in a contract script, dead-from that version:
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;`,
    *check(statement, context) {
      for (const { table, command } of tableCommands(statement, context)) {
        if (["AT_EnableRowSecurity", "AT_ForceRowSecurity"].includes(command.subtype ?? "")) yield { table };
      }
      const policy = as(statement.node, "CreatePolicyStmt");
      const narrows = (policy && !policy.permissive) || as(statement.node, "AlterPolicyStmt");
      const table = (policy ?? as(statement.node, "AlterPolicyStmt"))?.table;
      if (narrows && isVisible(table, context)) yield { table: tableName(table) };
    },
  },
  {
    name: "rewrite-rule",
    statements: ["RuleStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "Queries of serving versions on {table} are replaced by others, with other row counts and other results.",
    remediation: "CREATE TRIGGER … BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION …;",
    *check({ node }, context) {
      const rule = as(node, "RuleStmt");
      if (rule && isVisible(rule.relation, context)) yield { table: tableName(rule.relation) };
    },
  },
  {
    name: "replace-in-use",
    statements: ["CreateFunctionStmt", "ViewStmt"],
    severity: "warning",
    phases: ["expand"],
    impact: "The running version uses {name} too, and gets the new definition at once.",
    remediation:
      "CREATE {kind} {name}_v2 …; -- the new version uses it; in a contract script: DROP {kind} {name};",
    *check({ node }, { catalog }) {
      const routine = as(node, "CreateFunctionStmt");
      const name = keyOf(strings(routine?.funcname));
      if (routine?.replace && catalog.routines.has(name) && !catalog.isNew("routine", name)) {
        yield { name, kind: routine.is_procedure ? "PROCEDURE" : "FUNCTION" };
      }
      const view = as(node, "ViewStmt");
      const key = tableKey(view?.view);
      if (view?.replace && catalog.tables.has(key) && !catalog.isNewTable(key))
        yield { name: key, kind: "VIEW" };
    },
  },
];
