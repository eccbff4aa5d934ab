/** What can be said of a history of scripts without the database that it is for. */

import type { Finding } from "../lint/finding";
import type { Phase } from "../script/script";

/** A query that a version's caller can no longer rely on. */
export interface QueryBreak {
  readonly version: string;
  /** Of the version. */
  readonly file: string;
  readonly query: string;
  /** The script that breaks it; undefined when it never worked, or is wrong by itself. */
  readonly script?: { readonly id: string; readonly phase: Phase; readonly file: string };
  readonly problem: string;
}

/** What scripts do to the queries of the versions. */
export interface Compatibility {
  /** Each query of each version at most once, with the first script that breaks it. */
  readonly breaks: readonly QueryBreak[];
  /** File, line and error of the script that does not apply; what comes after it is then not known. */
  readonly unusable?: string;
  /** A sentence each for what could not be found out, as it needs what the scratch database has not. */
  readonly unknown?: readonly string[];
}

export interface Verdict extends Compatibility {
  /** What clients would feel of a statement, by its text and by what it did to a scratch database. */
  readonly findings: readonly Finding[];
}
