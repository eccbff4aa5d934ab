import { findAll } from "../lint/ast";
import { tryParse } from "../lint/parser";

const PREPARABLE_TAGS = ["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"];

export interface QueryReading {
  /** False for statements that PREPARE does not accept, such as SET. */
  readonly isPreparable: boolean;
  readonly problem?: string;
}

/** Parses a query and reports problems in its text. `loadParser()` must have been awaited. */
export function readQuery(sql: string): QueryReading {
  const statements = tryParse(sql);
  if (statements === undefined) return { isPreparable: true }; // The server will report the syntax error.
  const [statement] = statements;
  if (!statement || statements.length > 1) {
    const problem = `it must be one statement, got ${statements.length}`;
    return { isPreparable: false, problem };
  }
  const isPreparable = PREPARABLE_TAGS.some((tag) => tag in statement);
  if (findAll(statement, "A_Star").length === 0) return { isPreparable };
  return {
    isPreparable,
    problem: "it selects *: after a column is added, it fails once on each connection that has prepared it",
  };
}
