import type { Phase } from "../script/script";

/** A query that no longer works, or never worked, for a version. */
export interface QueryBreak {
  readonly version: string;
  readonly file: string;
  readonly query: string;
  /** The first script that breaks the query; undefined when the query never worked. */
  readonly script?: { readonly id: string; readonly phase: Phase; readonly file: string };
  readonly problem: string;
}

export interface CompatibilityReport {
  /** At most one entry for each query of each version. */
  readonly breaks: readonly QueryBreak[];
  /** File, line and error of the script that does not apply; the check ends there. */
  readonly unusable?: string;
  /** Sentences on checks that need an extension or a role that the scratch database does not have. */
  readonly unknown?: readonly string[];
}
