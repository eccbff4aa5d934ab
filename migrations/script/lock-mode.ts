/** Lock modes from weak to strong, in the order of PostgreSQL's lockdefs.h. */
export const LOCK_MODES = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;

export type LockMode = (typeof LOCK_MODES)[number];

/** Compares two modes. The result is negative if `a` is weaker than `b`. */
export function compareLockModes(a: LockMode, b: LockMode): number {
  return LOCK_MODES.indexOf(a) - LOCK_MODES.indexOf(b);
}

/** True if reads or writes of other sessions wait for a lock in this mode. */
export function blocksClients(mode: LockMode): boolean {
  return compareLockModes(mode, "SHARE") >= 0;
}

/** Converts a lock mode of pg_locks, such as `ShareRowExclusiveLock`, to the form of LOCK TABLE. */
export function lockModeOf(mode: string): LockMode | undefined {
  const words = mode
    .replace(/Lock$/, "")
    .replace(/\B[A-Z]/g, " $&")
    .toUpperCase();
  return LOCK_MODES.find((known) => known === words);
}
