/** What clients would feel of what a statement was seen to do. */

import { blocksClients, declaredLocks } from "../lint/locks";
import { LOCK_MODES } from "../script/lock-mode";
import type { MigrationScript } from "../script/script";
import type { LockMode, TableState } from "./observe";

export interface ObservedLock {
  readonly table: string;
  readonly mode: LockMode;
}

/** A rule's name, and its texts, of one table. */
export interface TraceMatch {
  readonly rule: "undeclared-lock" | "rewrite-in-code" | "scan-under-lock" | "rows-locked-by-code";
  readonly impact: string;
  readonly remediation: string;
}

export type TableStates = ReadonlyMap<number, TableState>;

const rank = (mode: LockMode) => LOCK_MODES.indexOf(mode);

export function strongest(modes: readonly LockMode[]): LockMode | undefined {
  return [...modes].sort((a, b) => rank(b) - rank(a))[0];
}

/** The locks of a state that make readers or writers wait; a table that is gone was locked wholly. */
export function strongLocks(existing: TableStates, now: TableStates): ObservedLock[] {
  return [...existing].flatMap(([oid, { table }]) => {
    const state = now.get(oid);
    const mode = state ? strongest(state.locks) : "ACCESS EXCLUSIVE";
    return mode && blocksClients(mode) ? [{ table, mode }] : [];
  });
}

export function lockText({ table, mode }: ObservedLock): string {
  return mode === "ACCESS EXCLUSIVE" ? table : `${table} in ${mode.toLowerCase()}`;
}

/** Locks that came with the statement, and that the header does not let the runner take first. */
export function undeclared(
  script: MigrationScript,
  before: readonly ObservedLock[],
  after: readonly ObservedLock[],
): TraceMatch[] {
  const had = [...before, ...declaredLocks(script)].map(({ table, mode }) => ({ table: key(table), mode }));
  const isNew = (lock: ObservedLock) =>
    !had.some(({ table, mode }) => table === key(lock.table) && rank(mode) >= rank(lock.mode));
  return after.filter(isNew).map((lock) => ({
    rule: "undeclared-lock",
    impact:
      `It locks ${lock.table} in ${lock.mode}, which the header does not declare: the script stands in the queue for ` +
      "it, and every client behind the script.",
    remediation: `-- locks: ${lockText(lock)}`,
  }));
}

/** As the lint calls a table. */
function key(table: string): string {
  return table.replaceAll('"', "");
}

/** What code has done to tables that were there before, beside the locks. The text alone does not tell it. */
export function byCode(existing: TableStates, before: TableStates, after: TableStates): TraceMatch[] {
  return [...existing.keys()].flatMap((oid): TraceMatch[] => {
    const [was, is] = [before.get(oid), after.get(oid)];
    if (!was || !is) return [];
    const { table } = is;
    if (is.fileNode !== was.fileNode) {
      return [
        {
          rule: "rewrite-in-code",
          impact: `The code writes all of ${table} anew; nobody can read or write it until the script ends.`,
          remediation: "A new column or table, filled by a -- backfill, that takes the place of the old one.",
        },
      ];
    }
    if (is.scans === was.scans) return [];
    const mode = strongest(is.locks);
    if (mode && blocksClients(mode)) {
      return [
        {
          rule: "scan-under-lock",
          impact: `The code reads all of ${table} while the script holds it in ${mode}: clients wait for as long.`,
          remediation: "Two scripts: in one what needs the lock, in the other what reads the table.",
        },
      ];
    }
    if (!is.locks.includes("ROW EXCLUSIVE")) return [];
    return [
      {
        rule: "rows-locked-by-code",
        impact: `The code writes to ${table} and reads all of it; each row that it changes stays locked until its end.`,
        remediation: `-- backfill: ${table}\n--   key: id`,
      },
    ];
  });
}
