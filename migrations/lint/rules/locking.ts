/** Locks: few, known beforehand, and taken by the runner, which never stands in the queue. */

import { lockModes } from "../../script/header";
import { as } from "../ast";
import { declaredLocks, type Lock, lockMode, locksOf, makesClientsWait } from "../locks";
import { bothPhases, isVisible, type Rule, type Scene, type Statement, tableName } from "../rule";

function strongLocks({ node, part }: Statement, { catalog, script }: Scene): Lock[] {
  if (part === "backfill" || !script.transactional || as(node, "LockStmt")) return [];
  return locksOf(node, catalog).filter(({ mode }) => makesClientsWait(mode));
}

const covers = (a: Lock, b: Lock) =>
  a.table === b.table && lockModes.indexOf(a.mode) >= lockModes.indexOf(b.mode);

/** The strongest lock on each table. */
function strongest(locks: readonly Lock[]): Lock[] {
  return locks.filter(
    (lock, i) => !locks.some((other, j) => i !== j && covers(other, lock) && (j < i || !covers(lock, other))),
  );
}

export const lockingRules: readonly Rule[] = [
  {
    name: "undeclared-lock",
    severity: "error",
    phases: bothPhases,
    feels:
      "The script stands in the queue for {table}, and every client behind it: as long as the longest transaction that " +
      "is open, up to the runner's lock timeout, at each attempt (measured without one: 19.9 s; declared: 0.02 s).",
    safeWay: "-- locks: {table}{in}",
    *check(statement, scene) {
      const declared = declaredLocks(scene.script);
      for (const lock of strongest(strongLocks(statement, scene))) {
        if ([...declared, ...scene.earlierLocks].some((other) => covers(other, lock))) continue;
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
    feels:
      "While the script works on {table}, clients of {first} wait as well, and two transactions that take both in the " +
      "other order deadlock.",
    safeWay: "A script of its own for what changes {table}.",
    *check(statement, scene) {
      // Nobody waits for a table that no serving version uses.
      const unused = ({ dropped }: Lock) => dropped && scene.script.phase === "contract";
      const tables = (locks: readonly Lock[]) =>
        locks
          .filter((lock) => lock.mode === "ACCESS EXCLUSIVE" && !lock.companion && !unused(lock))
          .map(({ table }) => table);
      const before = tables(scene.earlierLocks);
      const own = tables(strongLocks(statement, scene));
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
    feels: "LOCK TABLE stands in the queue for {table}, and every client behind it.",
    safeWay: "-- locks: {table}{in}",
    *check(statement, scene) {
      const lock = as(statement.node, "LockStmt");
      for (const item of lock?.relations ?? []) {
        const relation = as(item, "RangeVar");
        if (!isVisible(relation, scene)) continue;
        const mode = lockMode(lock?.mode).toLowerCase();
        yield { table: tableName(relation), in: mode === "access exclusive" ? "" : ` in ${mode}` };
      }
    },
  },
];
