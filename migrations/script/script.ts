import type { LockMode } from "./lock-mode";

export type Phase = "expand" | "contract";

export interface TableLock {
  /** As written: `patients` or `public.patients`. */
  readonly table: string;
  /** @default "ACCESS EXCLUSIVE" */
  readonly mode: LockMode;
}

/** A change of many rows, made in small batches along a key. */
export interface Backfill {
  readonly table: string;
  /** A NOT NULL column that leads an index, usually the primary key. */
  readonly key: string;
  /** Rows in the first batch, 1-10000; the runner then adapts it. */
  readonly batch: number;
  /** One statement; `$1` and `$2` are the first and the last key of a batch. */
  readonly statement: string;
  readonly line: number;
}

export interface MigrationScript {
  readonly number: number;
  /** Such as `0002_split_name`; expand and contract of one change share it. */
  readonly id: string;
  readonly phase: Phase;
  readonly file: string;
  /** Expand only: the version that first needs it. */
  readonly neededBy?: string;
  /** Contract only: it may run once every color that can serve is at or past this version. */
  readonly deadFrom?: string;
  readonly transactional: boolean;
  /** Locks that the runner takes before the first statement, without queueing for them. */
  readonly locks: readonly TableLock[];
  /** The file up to the backfill, with the file's line numbers. Without statements only if there is a backfill. */
  readonly sql: string;
  readonly backfill?: Backfill;
  /** SHA-256 of the whole file with LF line endings. */
  readonly sha256: string;
}

export function scriptName(script: Pick<MigrationScript, "id" | "phase">): string {
  return `${script.id}.${script.phase}`;
}
