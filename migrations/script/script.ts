import type { LockMode } from "./lock-mode";
import type { SqlStatement } from "./sql-text";

export type Phase = "expand" | "contract";

export interface TableLock {
  /** Name with the quotes that SQL needs, such as `patients`, `public.patients` or `"Team"`. */
  readonly table: string;
  /** @default "ACCESS EXCLUSIVE" */
  readonly mode: LockMode;
}

/** A change of many rows, in small batches along a key. */
export interface Backfill {
  readonly table: string;
  /**
   * Columns that order the rows, with the quotes that SQL needs. They must be NOT NULL and the first columns of an
   * index; usually they are the primary key.
   */
  readonly keys: readonly string[];
  /** Number of rows in the first batch, 1-10000. The runner adapts the size of later batches. */
  readonly batch: number;
  /**
   * SQL condition of rows that are not filled. The runner counts them after the last batch.
   *
   * @default not counted
   */
  readonly remaining?: string;
  /**
   * SQL statement for one batch. The parameters are the first key of the batch, then the last key: `$1` and `$2` for a
   * key of one column.
   */
  readonly statement: string;
  readonly line: number;
}

export interface MigrationScript {
  readonly number: number;
  /** Number and name, such as `0002_split_name`. The expand and contract scripts of one change have the same id. */
  readonly id: string;
  readonly phase: Phase;
  readonly file: string;
  /** The first version that needs this expand script. Undefined for contract scripts. */
  readonly neededBy?: string;
  /**
   * The first version that is compatible with this contract script. The script may run once every color that can
   * serve runs this version or a newer one. Undefined for expand scripts.
   */
  readonly deadFrom?: string;
  /** True for a migration of another tool. Every serving database has it, so the checks do not report on it. */
  readonly isImported?: boolean;
  readonly transactional: boolean;
  /** Locks that the runner takes before the first statement, without making clients queue. */
  readonly locks: readonly TableLock[];
  readonly locksLine?: number;
  /**
   * Content of the file before the backfill, with unchanged line numbers. May lack statements if there is a backfill.
   */
  readonly sql: string;
  /** Statements of `sql`. None if the file has only a backfill. */
  readonly statements: readonly SqlStatement[];
  readonly backfill?: Backfill;
  /** SHA-256 of the whole file with LF line endings. */
  readonly sha256: string;
}

export function scriptName(script: Pick<MigrationScript, "id" | "phase">): string {
  return `${script.id}.${script.phase}`;
}
