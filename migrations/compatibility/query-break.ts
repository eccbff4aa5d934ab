import type { Phase } from "../script/script";

/** A query that no longer works, or has never worked, for a version. */
export interface QueryBreak {
  readonly version: string;
  readonly file: string;
  readonly query: string;
  /** The first script that breaks the query. Undefined if the query has never worked. */
  readonly script?: { readonly id: string; readonly phase: Phase; readonly file: string };
  readonly problem: string;
}

export interface CompatibilityReport {
  /** At most one entry for each query of each version. */
  readonly breaks: readonly QueryBreak[];
  /** File, line and error of the first script that cannot be applied. Later scripts are not checked. */
  readonly unusable?: string;
  /**
   * Messages about scripts that could not be checked, because they need an extension or a role that the scratch
   * database lacks.
   */
  readonly unknown?: readonly string[];
}
