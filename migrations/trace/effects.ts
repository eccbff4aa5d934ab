import { declaredLocks } from "../lint/locks";
import { blocksClients, compareLockModes, type LockMode } from "../script/lock-mode";
import type { MigrationScript } from "../script/script";
import type { TableState } from "./observe";

export interface ObservedLock {
  readonly table: string;
  readonly ancestors: readonly string[];
  readonly mode: LockMode;
}

export interface TraceMatch {
  readonly rule: "undeclared-lock" | "rewrite-in-code" | "scan-under-lock" | "rows-locked-by-code";
  readonly impact: string;
  readonly remediation: string;
}

export type TableStates = ReadonlyMap<number, TableState>;

export function strongest(modes: readonly LockMode[]): LockMode | undefined {
  return [...modes].sort((a, b) => compareLockModes(b, a))[0];
}

/**
 * Table locks that make readers or writers wait. A table that no longer exists was dropped under ACCESS EXCLUSIVE.
 */
export function strongLocks(existing: TableStates, now: TableStates): ObservedLock[] {
  return [...existing].flatMap(([oid, { table, ancestors, isLockable }]) => {
    if (!isLockable) return [];
    const state = now.get(oid);
    const mode = state ? strongest(state.locks) : "ACCESS EXCLUSIVE";
    return mode && blocksClients(mode) ? [{ table, ancestors, mode }] : [];
  });
}

type NamedLock = Pick<ObservedLock, "table" | "mode">;

/** True if one of the locks is on the table, or on a table from which it inherits, in the same or a stronger mode. */
function isCovered({ table, ancestors, mode }: ObservedLock, by: readonly NamedLock[]): boolean {
  return by.some((lock) => {
    return (lock.table === table || ancestors.includes(lock.table)) && compareLockModes(lock.mode, mode) >= 0;
  });
}

/** The header's value for the locks. It names no partition whose partitioned table is locked too. */
export function headerText(locks: readonly ObservedLock[]): string {
  return locks
    .filter(
      (lock) =>
        !isCovered(
          lock,
          locks.filter((other) => other !== lock),
        ),
    )
    .map(lockText)
    .join(", ");
}

function lockText({ table, mode }: NamedLock): string {
  return mode === "ACCESS EXCLUSIVE" ? table : `${table} in ${mode.toLowerCase()}`;
}

export function undeclared(
  script: MigrationScript,
  before: readonly ObservedLock[],
  after: readonly ObservedLock[],
): TraceMatch[] {
  const declared = declaredLocks(script).map((lock) => ({ ...lock, ancestors: [] }));
  const had = [...before, ...declared];
  // The header lists all locks in one line, so the advice shows the whole line.
  const header = headerText([...declared.filter((lock) => !isCovered(lock, after)), ...after]);
  return after
    .filter(
      (lock) =>
        !isCovered(lock, had) &&
        !isCovered(
          lock,
          after.filter((other) => other !== lock),
        ),
    )
    .map((lock) => ({
      rule: "undeclared-lock",
      impact:
        `The statement locks ${lock.table} in ${lock.mode}, which the header does not declare: the script queues for the lock, and ` +
        "all clients queue behind the script.",
      remediation: `-- locks: ${header}`,
    }));
}

/**
 * Rewrites, scans and row locks of existing tables that are caused by a DO block or function and not visible in its
 * text.
 */
export function codeEffects(existing: TableStates, before: TableStates, after: TableStates): TraceMatch[] {
  return [...existing.keys()].flatMap((oid): TraceMatch[] => {
    const [was, is] = [before.get(oid), after.get(oid)];
    if (!was || !is) return [];
    const { table } = is;
    if (is.fileNode !== was.fileNode) {
      return [
        {
          rule: "rewrite-in-code",
          impact: `The code rewrites ${table}, which cannot be read or written until the script ends.`,
          remediation: "Add a new column or table, fill it by a -- backfill, and let it replace the old one.",
        },
      ];
    }
    if (is.scans === was.scans) return [];
    const mode = strongest(is.locks);
    if (mode && blocksClients(mode)) {
      return [
        {
          rule: "scan-under-lock",
          impact: `The statement reads ${table} while the script holds its ${mode} lock: clients wait for the whole scan.`,
          remediation: "Use two scripts: one that needs the lock, another that reads the table.",
        },
      ];
    }
    if (!is.locks.includes("ROW EXCLUSIVE")) return [];
    return [
      {
        rule: "rows-locked-by-code",
        impact: `The code scans ${table} and changes rows, which stay locked until the script ends.`,
        remediation: `-- backfill: ${table}\n--   key: id`,
      },
    ];
  });
}
