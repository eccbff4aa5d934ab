/** After an expand script, writes of the running version must still be accepted and mean the same. */

import type { ATAlterConstraint, Constraint, IndexStmt, Node } from "libpg-query";
import { quoteName, withSuffix } from "../../script/name";
import { as, tableKey, typeReference } from "../ast";
import type { Catalog, Table } from "../catalog";
import { changedDefault } from "../catalog-alter";
import { memberName } from "../catalog-apply";
import {
  constrainedColumns,
  constraintKind,
  isEnforced,
  isExistingIndex,
  omittedValue,
} from "../catalog-tables";
import { isImpliedBy, isSameForeignKey } from "../constraint-difference";
import { hasUniqueKey } from "../reads";
import { isCreatedAgain, replacedInUse } from "../replaced";
import { createdRoutine, namedRoutines, option } from "../routines";
import {
  addedColumns,
  addedConstraints,
  BOTH_PHASES,
  isVisible,
  type LintRule,
  type LintStatement,
  type StatementContext,
  tableCommands,
  tableName,
} from "../rule";
import { lostName, searchPathOf } from "../search-path-loss";
import { TIMING_BEFORE } from "../trigger-code";
import { alteredOptions, checksMore, viewOptions } from "../view-options";
import { type ColumnValues, type Evaluation, evaluate, omittedColumnValue } from "../written-values";

// Bits of the column tgtype of pg_trigger.
const EVENT_INSERT_AND_UPDATE = 4 | 16;

const correctedTables = new WeakMap<StatementContext["statements"], ReadonlySet<string>>();

/** True if the script creates a trigger that can correct each row that the running version inserts or updates. */
function hasCorrectingTrigger(key: string, { statements }: StatementContext): boolean {
  const known = correctedTables.get(statements);
  if (known) return known.has(key);
  const corrected = statements.flatMap(({ node }) => {
    const trigger = as(node, "CreateTrigStmt");
    const corrects =
      trigger?.row === true &&
      trigger.timing === TIMING_BEFORE &&
      ((trigger.events ?? 0) & EVENT_INSERT_AND_UPDATE) === EVENT_INSERT_AND_UPDATE &&
      !trigger.columns &&
      !trigger.whenClause;
    return corrects ? tableKey(trigger.relation) : [];
  });
  correctedTables.set(statements, new Set(corrected));
  return corrected.includes(key);
}

/** Evaluates conditions for rows that the running version writes after the statement. */
function runningRows(key: string, statement: LintStatement, context: StatementContext): Evaluation {
  const { catalog } = context;
  const own = addedColumns(statement, context);
  const defaults = tableCommands(statement, context).filter(({ command }) => {
    return command.subtype === "AT_ColumnDefault";
  });
  const columns: ColumnValues = (name) => {
    const changed = defaults.find(({ command }) => command.name === name)?.command;
    const added = own.find((column) => column.name === name);
    const known = catalog.tables.get(key)?.columns.get(name);
    if (added) {
      const omitted = changed ? changedDefault(changed) : omittedValue(false, added.constraints);
      return omittedColumnValue(omitted, typeReference(added.column.typeName), evaluation);
    }
    if (known?.isCertain && catalog.isUnknownToRunning(known.addedIn))
      return omittedColumnValue(changed ? changedDefault(changed) : known.omitted, known.type, evaluation);
    const isPresent = catalog.isScalar(known?.type) && catalog.isProvenNotNull(catalog.tables.get(key), name);
    return { kind: isPresent ? "present" : "unknown" };
  };
  const evaluation: Evaluation = { catalog, columns };
  return evaluation;
}

/** True if the values can be equal to those of another row, or are null where nulls count as equal. */
function mayRepeat(keys: readonly Node[], nullsAreEqual: boolean, rows: Evaluation): boolean {
  return nullsAreEqual || !keys.some((key) => evaluate(key, rows).kind === "null");
}

const columnNode = (name: string): Node => ({ ColumnRef: { fields: [{ String: { sval: name } }] } });

function isNotTrue(condition: Node | undefined, rows: Evaluation): boolean {
  const value = condition && evaluate(condition, rows);
  return value?.kind === "null" || (value?.kind === "value" && value.value === false);
}

function mayReject(constraint: Constraint, columns: readonly string[], rows: Evaluation): boolean {
  const kind = constraintKind(constraint);
  if (!isEnforced(constraint) || constraint.indexname) return false;
  if (kind === "check") {
    const value = constraint.raw_expr && evaluate(constraint.raw_expr, rows);
    return !(value?.kind === "null" || (value?.kind === "value" && value.value === true));
  }
  const values = columns.map((name) => rows.columns(name).kind);
  if (kind === "foreign") {
    // A validated key has already found the row that a constant default refers to.
    const isFound = !constraint.skip_validation && values.every((value) => value === "value");
    if (isFound) return false;
    const nulls = values.filter((value) => value === "null").length;
    return constraint.fk_matchtype === "f" ? nulls < values.length : nulls === 0;
  }
  if (kind === "not-null") return values.some((value) => value !== "present" && value !== "value");
  const unique = kind === "unique" || kind === "primary" || kind === "exclusion";
  if (!unique || isNotTrue(constraint.where_clause, rows)) return false;
  return mayRepeat(columns.map(columnNode), constraint.nulls_not_distinct === true, rows);
}

/** True if the constraint is checked for rows, or at a time, for which it was not checked before. */
function mayRejectAltered(
  {
    conname = "",
    alterEnforceability,
    is_enforced,
    alterDeferrability,
    deferrable,
    initdeferred,
  }: ATAlterConstraint,
  key: string,
  rows: Evaluation,
  { catalog, script }: StatementContext,
): boolean {
  const known = catalog.tables.get(key)?.constraints.get(conname);
  if (known?.addedIn === script) return false;
  const node: Constraint = { contype: "CONSTR_FOREIGN", fk_matchtype: known?.matchType, is_enforced: true };
  if (!mayReject(node, known?.columns ?? [], rows)) return false;
  if (alterEnforceability && is_enforced) return known?.isEnforced !== true;
  if (!alterDeferrability || initdeferred) return false;
  const before = known?.checkedAt;
  return before === undefined || before === "commit" || (before !== "statement" && !deferrable);
}

/** The view that a statement gives a check option, which rejects rows that the view would not show. */
function checkedView({ node }: LintStatement, { catalog, script }: StatementContext): string | undefined {
  const created = as(node, "ViewStmt");
  const altered = as(node, "AlterTableStmt");
  const key = tableKey(created?.view ?? altered?.relation);
  const known = catalog.tables.get(key);
  if (known?.kind !== "view" || known.createdIn === script || catalog.isUnknownToRunning(known.createdIn))
    return undefined;
  const now = created ? viewOptions(created) : altered && alteredOptions(known.options, altered);
  return now && checksMore(known.options, now) ? key : undefined;
}

/** Columns of the index, without expressions. */
function plainColumns({ indexParams }: IndexStmt): string[] {
  return (indexParams ?? []).flatMap((item) => as(item, "IndexElem")?.name ?? []);
}

function indexMayReject(index: IndexStmt, rows: Evaluation): boolean {
  if (isNotTrue(index.whereClause, rows)) return false;
  const keys = (index.indexParams ?? []).flatMap((item) => {
    const element = as(item, "IndexElem");
    return element?.name === undefined ? (element?.expr ?? []) : columnNode(element.name);
  });
  return mayRepeat(keys, index.nulls_not_distinct === true, rows);
}

/** True if constraints that the table has, or had before this script, reject the same rows. */
function isNoTighter(
  constraint: Constraint,
  columns: readonly string[],
  table: Table | undefined,
  context: StatementContext,
): boolean {
  const older = table
    ? [...table.constraints.values(), ...(context.catalog.dropped.get(table) ?? [])].filter(
        ({ addedIn, isPossible }) => addedIn !== context.script && !isPossible,
      )
    : [];
  const kind = constraintKind(constraint);
  if (kind === "check") return isImpliedBy(constraint.raw_expr, older);
  if (kind === "foreign") return older.some((known) => isSameForeignKey(constraint, known));
  if (kind === "unique" || kind === "primary") {
    return older.some(
      (known) =>
        (known.kind === "unique" || known.kind === "primary") &&
        known.columns.length > 0 &&
        !constraint.nulls_not_distinct &&
        known.columns.every((name) => columns.includes(name)),
    );
  }
  if (kind === "not-null") return columns.every((name) => context.catalog.isProvenNotNull(table, name));
  return false;
}

/** Constraint that rows with the new default violate: a CHECK, or a unique key from the second row on. */
function violatedByDefault(
  catalog: Catalog,
  table: Table | undefined,
  column: string,
  expression: Node,
): string | undefined {
  const columns: ColumnValues = (name) => (name === column ? value : { kind: "unknown" });
  const evaluation: Evaluation = { catalog, columns: () => ({ kind: "unknown" }) };
  const type = table?.columns.get(column)?.type;
  const value = omittedColumnValue({ kind: "default", expression }, type, evaluation);
  if (value.kind !== "value") return undefined;
  return [...(table?.constraints ?? [])].find(([, constraint]) => {
    if (constraint.kind === "unique") return `${constraint.columns}` === column;
    const result =
      constraint.kind === "check" && constraint.expression
        ? evaluate(constraint.expression, { catalog, columns })
        : undefined;
    return result?.kind === "value" && result.value === false;
  })?.[0];
}

/** Letter of pg_attribute.attidentity. */
const GENERATED_ALWAYS = "a".charCodeAt(0);

function identityOption(def: Node | undefined, name: string) {
  const options = as(def, "List")?.items ?? [];
  return as(option(options, name), "Integer");
}

export const runningWritesRules: readonly LintRule[] = [
  {
    name: "tightens-running-writes",
    statements: ["AlterTableStmt", "IndexStmt", "ViewStmt"],
    commands: [
      "AT_SetRelOptions",
      "AT_AddColumn",
      "AT_AddConstraint",
      "AT_AlterConstraint",
      "AT_AddIdentity",
      "AT_SetIdentity",
      "AT_ColumnDefault",
    ],
    severity: "error",
    phases: ["expand"],
    impact:
      "Writes of the running version can violate {name}. Such an INSERT fails; with a NOT VALID check, so does an " +
      "UPDATE of an older row that violates it.",
    remediation: `Correct its writes in the same script:
CREATE TRIGGER … BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION …;
or move {name} to a contract script, dead-from the first version whose writes satisfy it.`,
    *check(statement, context) {
      const { catalog } = context;
      for (const { table, key, constraint, column } of addedConstraints(statement, context)) {
        const kind = constraintKind(constraint);
        if (!kind || (kind === "not-null" && column) || hasCorrectingTrigger(key, context)) continue;
        const known = catalog.tables.get(key);
        if (catalog.isUnknownToRunning(known?.createdIn)) continue;
        const columns = constrainedColumns(constraint, catalog, key, column?.name);
        const rows = runningRows(key, statement, context);
        if (mayReject(constraint, columns, rows) && !isNoTighter(constraint, columns, known, context)) {
          const name = constraint.conname ? quoteName(constraint.conname) : undefined;
          yield { table, name: name ?? `the ${kind} constraint on ${columns.map(quoteName).join(", ")}` };
        }
      }
      const view = checkedView(statement, context);
      if (view !== undefined) yield { table: view, name: "the check option of the view" };
      const created = as(statement.node, "IndexStmt");
      const index = created && !isExistingIndex(catalog, created) ? created : undefined;
      const key = tableKey(index?.relation);
      if (index?.unique && isVisible(index.relation, context) && !hasCorrectingTrigger(key, context)) {
        const known = catalog.tables.get(key);
        const isUnique = hasUniqueKey(known, new Set(plainColumns(index)));
        const mayFail = !isUnique && indexMayReject(index, runningRows(key, statement, context));
        if (!catalog.isUnknownToRunning(known?.createdIn) && mayFail) {
          const name = index.idxname ? quoteName(index.idxname) : "";
          yield { table: tableName(index.relation), name: `the unique index ${name}`.trim() };
        }
      }
      for (const { table, key, command } of tableCommands(statement, context)) {
        const column = quoteName(command.name ?? "");
        if (command.subtype === "AT_ColumnDefault" && command.def && !hasCorrectingTrigger(key, context)) {
          const violated = violatedByDefault(
            catalog,
            catalog.tables.get(key),
            command.name ?? "",
            command.def,
          );
          if (violated !== undefined) yield { table, name: quoteName(violated) };
        }
        const altered = as(command.def, "ATAlterConstraint");
        if (altered && mayRejectAltered(altered, key, runningRows(key, statement, context), context))
          yield { table, name: quoteName(altered.conname ?? "") };
        const added =
          command.subtype === "AT_AddIdentity" && as(command.def, "Constraint")?.generated_when === "a";
        const set =
          command.subtype === "AT_SetIdentity" &&
          identityOption(command.def, "generated")?.ival === GENERATED_ALWAYS;
        if (added || set) yield { table, name: `GENERATED ALWAYS on ${column}` };
      }
    },
  },
  {
    name: "function-search-path",
    statements: ["AlterFunctionStmt", "CreateFunctionStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "Calls of {function}() fail, because its search path no longer finds {name}.",
    remediation:
      "Write {name} with its schema in the body of {function}(), in the same statement or before it; or SET search_path = public, pg_temp.",
    *check(statement, { catalog }) {
      const altered = as(statement.node, "AlterFunctionStmt");
      const created = as(statement.node, "CreateFunctionStmt");
      const path = searchPathOf(altered?.actions ?? created?.options);
      if (!path) return;
      const routines = altered?.func
        ? namedRoutines(catalog, altered.func)
        : created
          ? [createdRoutine(catalog, created, statement.text)]
          : [];
      for (const routine of routines) {
        const name = lostName(routine, path, catalog);
        if (name !== undefined) yield { function: routine.name, name };
      }
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
        yield { table, trigger: command.name ? `the trigger ${quoteName(command.name)}` : "its triggers" };
      }
      const setting = as(statement.node, "VariableSetStmt");
      if (setting?.name === "session_replication_role") yield { table: "any table", trigger: "its triggers" };
    },
  },
  {
    name: "row-level-security",
    statements: ["AlterTableStmt", "CreatePolicyStmt", "AlterPolicyStmt"],
    commands: [
      "AT_EnableRowSecurity",
      "AT_DisableRowSecurity",
      "AT_ForceRowSecurity",
      "AT_NoForceRowSecurity",
    ],
    severity: "error",
    phases: ["expand"],
    impact: "The running version gets other rows of {table} than before, because other policies apply to it.",
    remediation: `Let the new version set what the policies need; in a contract script, dead-from that version:
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;`,
    *check(statement, context) {
      for (const { table, command } of tableCommands(statement, context)) {
        if (/RowSecurity$/.test(command.subtype ?? "")) yield { table };
      }
      const policy = as(statement.node, "CreatePolicyStmt");
      const narrows = (policy && !policy.permissive) || as(statement.node, "AlterPolicyStmt");
      const table = (policy ?? as(statement.node, "AlterPolicyStmt"))?.table;
      const name = memberName(table, policy?.policy_name);
      if (isCreatedAgain("policy", name, statement.node, context.catalog)) return;
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
      const name = memberName(rule?.relation, rule?.rulename);
      if (isCreatedAgain("rule", name, node, context.catalog)) return;
      if (rule && isVisible(rule.relation, context)) yield { table: tableName(rule.relation) };
    },
  },
  {
    name: "replace-in-use",
    statements: [
      "CreateFunctionStmt",
      "ViewStmt",
      "DropStmt",
      "AlterFunctionStmt",
      "CreateTrigStmt",
      "AlterTableStmt",
    ],
    severity: "warning",
    phases: ["expand"],
    impact: "The running version uses {name} too, and gets the new definition at once{effect}.",
    remediation: "{way}",
    *check(statement, context) {
      for (const { name = "", kind = "", effect = "", way } of replacedInUse(statement, context)) {
        const second = withSuffix(String(name), "_v2");
        const beside = `CREATE ${kind} ${second} …; -- the new version uses it; in a contract script: DROP ${kind} ${name};`;
        yield { name, effect, way: way ?? beside };
      }
    },
  },
];
