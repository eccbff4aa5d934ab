/**
 * A script must lock few tables and declare the locks in its header. The runner takes declared locks without making
 * clients queue.
 */

import type { Node } from "libpg-query";
import { blocksClients, compareLockModes } from "../../script/lock-mode";
import { as, findAll, tableKey } from "../ast";
import { endlessLoops, endlessWork } from "../endless";
import { ROW_STATEMENTS } from "../executed";
import { type Lock, lockMode } from "../locks";
import { readTables } from "../reads";
import {
  BOTH_PHASES,
  isVisible,
  type LintRule,
  type LintStatement,
  type StatementContext,
  tableName,
} from "../rule";

function strongLocks({ node, locks }: LintStatement, { script }: StatementContext): readonly Lock[] {
  if (locks.length === 0 || !script.transactional || as(node, "LockStmt")) return [];
  return locks.filter(({ mode }) => blocksClients(mode));
}

const covers = (a: Lock, b: Lock) => a.table === b.table && compareLockModes(a.mode, b.mode) >= 0;

function strongest(locks: readonly Lock[]): Lock[] {
  if (locks.length < 2) return [...locks];
  return locks.filter(
    (lock, i) => !locks.some((other, j) => i !== j && covers(other, lock) && (j < i || !covers(lock, other))),
  );
}

const inMode = (mode: Lock["mode"]) => (mode === "ACCESS EXCLUSIVE" ? "" : ` in ${mode.toLowerCase()}`);

/** Tables that ANALYZE or COPY … TO reads. ANALYZE without a table reads all. */
function scannedTables(node: Node, { declared, taken }: StatementContext): string[] {
  const analyze = as(node, "VacuumStmt");
  const copy = as(node, "CopyStmt");
  const named = [...findAll(analyze?.rels, "VacuumRelation"), ...(copy && !copy.is_from ? [copy] : [])];
  const isAll = analyze !== undefined && named.length === 0;
  return isAll
    ? [...declared.tables, ...taken.tables]
    : named.flatMap(({ relation }) => (relation ? [tableKey(relation)] : []));
}

/** True if the script locks a table in a mode for which clients wait, or changes rows of an existing table. */
function holdsLocks(context: StatementContext): boolean {
  const { declared, taken, statements } = context;
  if (declared.blocksClients || taken.blocksClients) return true;
  return statements.some(({ node, part }) => {
    const change = as(node, "UpdateStmt") ?? as(node, "DeleteStmt") ?? as(node, "MergeStmt");
    return part === "script" && change !== undefined && isVisible(change.relation, context);
  });
}

export const lockingRules: readonly LintRule[] = [
  {
    name: "undeclared-lock",
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "The script queues for the lock on {table}, and all clients queue behind it: for the rest of the longest open " +
      "transaction, up to the runner's lock timeout, in each attempt (measured without a timeout: 19.9 s; declared: 0.02 s).",
    remediation: "-- locks: {table}{in}",
    *check(statement, context) {
      for (const lock of strongest(strongLocks(statement, context))) {
        if (context.declared.covers(lock) || context.taken.covers(lock)) continue;
        yield { table: lock.table, in: inMode(lock.mode) };
      }
    },
  },
  {
    name: "several-locks",
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "While the script changes {table}, clients of {first} wait too, and a transaction that locks both in the other " +
      "order deadlocks.",
    remediation: "Move the changes of {table} to a separate script.",
    *check(statement, context) {
      // A table that a contract script drops is not used by any serving version, so no client waits for it.
      const unused = ({ dropped }: Lock) => dropped && context.script.phase === "contract";
      const { changed } = context.taken;
      for (const lock of strongLocks(statement, context)) {
        if (lock.mode !== "ACCESS EXCLUSIVE" || lock.companion || unused(lock) || changed.has(lock.table))
          continue;
        const [first] = changed;
        changed.add(lock.table);
        if (first !== undefined) yield { table: lock.table, first };
      }
    },
  },
  {
    name: "scan-under-lock",
    statements: [...ROW_STATEMENTS, "VacuumStmt", "CopyStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact:
      "The statement reads {table} while the script holds its {mode} lock: clients wait until it has finished.",
    remediation: "Use two scripts: one that needs the lock, another that reads {table}.",
    *check({ node, part }, context) {
      if (part === "backfill" || (context.declared.isEmpty && context.taken.isEmpty)) return;
      for (const key of [...readTables(node, context), ...scannedTables(node, context)]) {
        const name = context.catalog.nameAtStart(key);
        const locks = name === undefined ? [] : [...context.declared.of(name), ...context.taken.of(name)];
        const strong = locks.find(({ mode }) => blocksClients(mode));
        if (strong) yield { table: key, mode: strong.mode };
      }
    },
  },
  {
    name: "endless-work",
    statements: [...ROW_STATEMENTS, "CallStmt", "CreateTableAsStmt", "DoStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "Clients wait for the locks of the script as long as the statement runs, and {reason}.",
    remediation:
      "Use two scripts: one that needs the locks, another with the statement; or limit it by a constant.",
    *check({ node, part, line, innerLoops }, context) {
      if (part === "backfill" || !holdsLocks(context)) return;
      for (const found of [...endlessWork(node, context.catalog), ...endlessLoops(innerLoops)]) {
        yield { reason: found.reason, line: line + found.line - 1 };
      }
    },
  },
  {
    name: "lock-table",
    statements: ["LockStmt"],
    severity: "error",
    phases: BOTH_PHASES,
    impact: "LOCK TABLE queues for {table}, and all clients queue behind it.",
    remediation: "-- locks: {table}{in}",
    *check(statement, context) {
      const lock = as(statement.node, "LockStmt");
      for (const item of lock?.relations ?? []) {
        const relation = as(item, "RangeVar");
        if (!isVisible(relation, context)) continue;
        const table = context.catalog.nameAtStart(tableKey(relation)) ?? tableName(relation);
        yield { table, in: inMode(lockMode(lock?.mode)) };
      }
    },
  },
];
