/** What can be said of a query from its text alone. */

import { findAll } from "../lint/ast";
import { tryParse } from "../lint/parser";

const preparable = ["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"];

export interface QueryReading {
  /** Whether a schema has a say in it: others, such as SET, are sent as they are. */
  readonly isPreparable: boolean;
  readonly problem?: string;
}

/** `loadParser()` must have ended. */
export function readQuery(sql: string): QueryReading {
  const statements = tryParse(sql);
  if (statements === undefined) return { isPreparable: true }; // The server says why, and where.
  const [statement] = statements;
  if (!statement || statements.length > 1) {
    const problem = `it is ${statements.length} statements; each must be a query of its own`;
    return { isPreparable: false, problem };
  }
  const isPreparable = preparable.some((tag) => tag in statement);
  if (findAll(statement, "A_Star").length === 0) return { isPreparable };
  return {
    isPreparable,
    problem: "it asks for *, which fails once on each connection that has prepared it when a column is added",
  };
}
