/** What clients would feel of what a statement was seen to do. */

import { declaredLocks, makesClientsWait } from "../lint/locks";
import { lockModes } from "../script/header";
import type { MigrationScript } from "../script/script";
import type { LockMode, TableState } from "./observe";

export interface SeenLock {
  readonly table: string;
  readonly mode: LockMode;
}

/** A rule's name, and its texts, of one table. */
export interface Hit {
  readonly rule: "undeclared-lock" | "rewrite-in-code" | "scan-under-lock" | "rows-locked-by-code";
  readonly feels: string;
  readonly safeWay: string;
}

export type States = ReadonlyMap<number, TableState>;

const rank = (mode: LockMode) => lockModes.indexOf(mode);

export function strongest(modes: readonly LockMode[]): LockMode | undefined {
  return [...modes].sort((a, b) => rank(b) - rank(a))[0];
}

/** The locks of a state that make readers or writers wait; a table that is gone was locked wholly. */
export function strongLocks(existing: States, now: States): SeenLock[] {
  return [...existing].flatMap(([oid, { table }]) => {
    const state = now.get(oid);
    const mode = state ? strongest(state.locks) : "ACCESS EXCLUSIVE";
    return mode && makesClientsWait(mode) ? [{ table, mode }] : [];
  });
}

export function lockText({ table, mode }: SeenLock): string {
  return mode === "ACCESS EXCLUSIVE" ? table : `${table} in ${mode.toLowerCase()}`;
}

/** Locks that came with the statement, and that the header does not let the runner take first. */
export function undeclared(
  script: MigrationScript,
  before: readonly SeenLock[],
  after: readonly SeenLock[],
): Hit[] {
  const had = [...before, ...declaredLocks(script)].map(({ table, mode }) => ({ table: key(table), mode }));
  const isNew = (lock: SeenLock) =>
    !had.some(({ table, mode }) => table === key(lock.table) && rank(mode) >= rank(lock.mode));
  return after.filter(isNew).map((lock) => ({
    rule: "undeclared-lock",
    feels:
      `It locks ${lock.table} in ${lock.mode}, which the header does not declare: the script stands in the queue for ` +
      "it, and every client behind the script.",
    safeWay: `-- locks: ${lockText(lock)}`,
  }));
}

/** As the lint calls a table. */
function key(table: string): string {
  return table.replaceAll('"', "");
}

/** What code has done to tables that were there before, beside the locks. The text alone does not tell it. */
export function byCode(existing: States, before: States, after: States): Hit[] {
  return [...existing.keys()].flatMap((oid): Hit[] => {
    const [was, is] = [before.get(oid), after.get(oid)];
    if (!was || !is) return [];
    const { table } = is;
    if (is.fileNode !== was.fileNode) {
      return [
        {
          rule: "rewrite-in-code",
          feels: `The code writes all of ${table} anew; nobody can read or write it until the script ends.`,
          safeWay: "A new column or table, filled by a -- backfill, that takes the place of the old one.",
        },
      ];
    }
    if (is.scans === was.scans) return [];
    const mode = strongest(is.locks);
    if (mode && makesClientsWait(mode)) {
      return [
        {
          rule: "scan-under-lock",
          feels: `The code reads all of ${table} while the script holds it in ${mode}: clients wait for as long.`,
          safeWay: "Two scripts: in one what needs the lock, in the other what reads the table.",
        },
      ];
    }
    if (!is.locks.includes("ROW EXCLUSIVE")) return [];
    return [
      {
        rule: "rows-locked-by-code",
        feels: `The code writes to ${table} and reads all of it; each row that it changes stays locked until its end.`,
        safeWay: `-- backfill: ${table}\n--   key: id`,
      },
    ];
  });
}
