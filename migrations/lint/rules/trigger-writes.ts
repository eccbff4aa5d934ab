/** A trigger runs in each write of the serving versions to its table. */

import type { Node } from "libpg-query";
import { blocksClients } from "../../script/lock-mode";
import { as, columnName, findAll, keyOf, strings, tableKey } from "../ast";
import type { Routine } from "../catalog";
import { routineCode } from "../code";
import { endlessLoops, endlessWork } from "../endless";
import { executedBy } from "../executed";
import { locksOf } from "../locks";
import { createdRoutine } from "../routines";
import {
  BOTH_PHASES,
  isVisible,
  type LintRule,
  type LintStatement,
  type StatementContext,
  tableName,
} from "../rule";
import { type FiringTrigger, mayFail } from "../trigger-code";
import { unboundedChanges } from "./rows";

interface NewCode {
  /** Name of the table as messages show it. */
  readonly table: string;
  readonly key: string;
  readonly trigger: FiringTrigger;
  /** The function of the trigger. Undefined if it is unknown. */
  readonly routine: Routine | undefined;
  /** The text that replaces the function. */
  readonly definition?: string;
}

/** Triggers whose code the statement makes or changes, on tables that the running version can write. */
function newTriggerCode({ node, text }: LintStatement, context: StatementContext): NewCode[] {
  const { catalog, script } = context;
  const trigger = as(node, "CreateTrigStmt");
  if (trigger) {
    if (!isVisible(trigger.relation, context)) return [];
    const routine = keyOf(strings(trigger.funcname));
    return [
      {
        table: tableName(trigger.relation),
        key: tableKey(trigger.relation),
        trigger: {
          routine,
          timing: trigger.timing ?? 0,
          events: trigger.events ?? 0,
          row: trigger.row === true,
        },
        routine: catalog.overloads(routine).find(({ returns }) => returns === "trigger"),
      },
    ];
  }
  const replaced = as(node, "CreateFunctionStmt");
  const name = keyOf(strings(replaced?.funcname));
  if (!replaced?.replace || !catalog.overloads(name).some(({ returns }) => returns === "trigger")) return [];
  const routine = createdRoutine(catalog, replaced, text);
  return [...catalog.tables.values()].flatMap(({ key, triggers }) => {
    if (triggers.size === 0 || catalog.isNewTable(key)) return [];
    const used = [...triggers.values()].filter((known) => known.routine === name && known.addedIn !== script);
    return used.map((known) => ({ table: key, key, trigger: known, routine, definition: text }));
  });
}

const BLOCKING_FUNCTIONS = /^pg_(?:try_)?advisory_(?:xact_)?lock(?:_shared)?$/;

/** True if the change can be that of a few rows: its condition names other values than constants and columns of the table. */
function isSelective(node: Node, { catalog }: StatementContext): boolean {
  const relations = findAll(node, "RangeVar").map((relation) => catalog.tables.get(tableKey(relation)));
  const conditions = [
    ...findAll(node, "UpdateStmt").flatMap(({ whereClause }) => whereClause ?? []),
    ...findAll(node, "DeleteStmt").flatMap(({ whereClause }) => whereClause ?? []),
    ...findAll(node, "MergeStmt").flatMap(({ joinCondition }) => joinCondition ?? []),
    ...findAll(node, "SelectStmt").flatMap(({ whereClause }) => whereClause ?? []),
  ];
  return findAll(conditions, "ColumnRef").some((ColumnRef) => {
    const [row = ""] = strings(ColumnRef.fields);
    const name = columnName({ ColumnRef }) ?? "";
    return (
      ["new", "old"].includes(row) || !relations.some((table) => !table?.isWhole || table.columns.has(name))
    );
  });
}

function blockingCall(node: Node): string | undefined {
  return executedBy(node)
    .flatMap((query) => findAll(query, "FuncCall"))
    .map(({ funcname }) => keyOf(strings(funcname)))
    .find((name) => BLOCKING_FUNCTIONS.test(name));
}

/** Reason for which a write that fires the trigger, or another client, waits. */
function blocks(
  { routine }: NewCode,
  statement: LintStatement,
  context: StatementContext,
): string | undefined {
  if (!routine) return undefined;
  const { catalog } = context;
  const { statements, loops } = routineCode(routine, catalog);
  const [endless] = endlessLoops(loops);
  if (endless) return endless.reason;
  for (const { node, loops: around } of statements) {
    const inner: LintStatement = { ...statement, node, part: "code", loops: around, innerLoops: [] };
    const lock = locksOf(node, catalog).find(({ mode }) => blocksClients(mode));
    if (lock) return `it locks ${lock.table} in ${lock.mode}`;
    const [work] = endlessWork(node, catalog);
    if (work) return work.reason;
    const call = blockingCall(node);
    if (call !== undefined) return `it calls ${call}(), on which other clients wait`;
    if (isSelective(node, context)) continue;
    const [change] = unboundedChanges(inner, context);
    if (change) return `it changes or locks many rows of ${change.table}`;
  }
  return undefined;
}

export const triggerWriteRules: readonly LintRule[] = [
  {
    name: "trigger-refuses-writes",
    statements: ["CreateTrigStmt", "CreateFunctionStmt"],
    severity: "error",
    phases: ["expand"],
    impact: "A write of the running version to {table} may fail or be dropped, because {function}() {does}.",
    remediation: `Let the trigger correct the row instead (NEW.… := …; RETURN NEW;), and add a constraint in a contract script.`,
    *check(statement, context) {
      for (const { table, key, trigger, definition } of newTriggerCode(statement, context)) {
        const does = mayFail(trigger, key, context.catalog, definition);
        if (does !== undefined) yield { table, function: trigger.routine, does };
      }
    },
  },
  {
    name: "trigger-blocks-writes",
    statements: ["CreateTrigStmt", "CreateFunctionStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "Each write to {table} runs {function}(), and clients wait for each other: {reason}.",
    remediation:
      "Let the trigger change only rows that belong to NEW or OLD, and leave other work to the application.",
    *check(statement, context) {
      for (const code of newTriggerCode(statement, context)) {
        const reason = blocks(code, statement, context);
        if (reason !== undefined) yield { table: code.table, function: code.trigger.routine, reason };
      }
    },
  },
];
