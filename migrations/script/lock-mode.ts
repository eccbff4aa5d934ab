/** In the order of LOCKMODE in PostgreSQL's lockdefs.h: each conflicts with more modes than the one before. */
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

/** Negative when `a` is the weaker mode. */
export function compareLockModes(a: LockMode, b: LockMode): number {
  return LOCK_MODES.indexOf(a) - LOCK_MODES.indexOf(b);
}

/** Readers or writers wait for these modes. */
export function blocksClients(mode: LockMode): boolean {
  return compareLockModes(mode, "SHARE") >= 0;
}
