/** Locks: few, known beforehand, and taken by the runner, which never stands in the queue. */

import { LOCK_MODES } from "../../script/lock-mode";
import { as } from "../ast";
import { blocksClients, declaredLocks, type Lock, lockMode, locksOf } from "../locks";
import {
  bothPhases,
  isVisible,
  type LintRule,
  type LintStatement,
  type StatementContext,
  tableName,
} from "../rule";

function strongLocks({ node, part }: LintStatement, { catalog, script }: StatementContext): Lock[] {
  if (part === "backfill" || !script.transactional || as(node, "LockStmt")) return [];
  return locksOf(node, catalog).filter(({ mode }) => blocksClients(mode));
}

const covers = (a: Lock, b: Lock) =>
  a.table === b.table && LOCK_MODES.indexOf(a.mode) >= LOCK_MODES.indexOf(b.mode);

/** The strongest lock on each table. */
function strongest(locks: readonly Lock[]): Lock[] {
  return locks.filter(
    (lock, i) => !locks.some((other, j) => i !== j && covers(other, lock) && (j < i || !covers(lock, other))),
  );
}

export const lockingRules: readonly LintRule[] = [
  {
    name: "undeclared-lock",
    severity: "error",
    phases: bothPhases,
    impact:
      "The script stands in the queue for {table}, and every client behind it: as long as the longest transaction that " +
      "is open, up to the runner's lock timeout, at each attempt (measured without one: 19.9 s; declared: 0.02 s).",
    remediation: "-- locks: {table}{in}",
    *check(statement, context) {
      const declared = declaredLocks(context.script);
      for (const lock of strongest(strongLocks(statement, context))) {
        if ([...declared, ...context.earlierLocks].some((other) => covers(other, lock))) continue;
        yield {
          table: lock.table,
          in: lock.mode === "ACCESS EXCLUSIVE" ? "" : ` in ${lock.mode.toLowerCase()}`,
        };
      }
    },
  },
  {
    name: "several-locks",
    severity: "error",
    phases: bothPhases,
    impact:
      "While the script works on {table}, clients of {first} wait as well, and two transactions that take both in the " +
      "other order deadlock.",
    remediation: "A script of its own for what changes {table}.",
    *check(statement, context) {
      // Nobody waits for a table that no serving version uses.
      const unused = ({ dropped }: Lock) => dropped && context.script.phase === "contract";
      const tables = (locks: readonly Lock[]) =>
        locks
          .filter((lock) => lock.mode === "ACCESS EXCLUSIVE" && !lock.companion && !unused(lock))
          .map(({ table }) => table);
      const before = tables(context.earlierLocks);
      const own = tables(strongLocks(statement, context));
      for (const [i, table] of own.entries()) {
        const first = [...before, ...own.slice(0, i)].find((other) => other !== table);
        if (first !== undefined && ![...before, ...own.slice(0, i)].includes(table)) yield { table, first };
      }
    },
  },
  {
    name: "lock-table",
    statements: ["LockStmt"],
    severity: "error",
    phases: bothPhases,
    impact: "LOCK TABLE stands in the queue for {table}, and every client behind it.",
    remediation: "-- locks: {table}{in}",
    *check(statement, context) {
      const lock = as(statement.node, "LockStmt");
      for (const item of lock?.relations ?? []) {
        const relation = as(item, "RangeVar");
        if (!isVisible(relation, context)) continue;
        const mode = lockMode(lock?.mode).toLowerCase();
        yield { table: tableName(relation), in: mode === "access exclusive" ? "" : ` in ${mode}` };
      }
    },
  },
];
