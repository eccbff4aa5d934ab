import type { Node } from "libpg-query";
import { as } from "./ast";

/** Statements that read or change rows, each of which can contain the others. */
export const ROW_STATEMENTS = ["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"] as const;

const EXECUTED_TAGS: readonly string[] = [...ROW_STATEMENTS, "CallStmt", "CopyStmt", "TruncateStmt"];

const OFF = ["false", "off", "0"];

function isAnalyze(options: readonly Node[] | undefined): boolean {
  return (options ?? []).some((item) => {
    const option = as(item, "DefElem");
    const value = as(option?.arg, "String")?.sval ?? `${as(option?.arg, "Integer")?.ival ?? "true"}`;
    return option?.defname === "analyze" && !OFF.includes(value.toLowerCase());
  });
}

/**
 * The statement itself, or the statements inside it that run: the query of CREATE TABLE AS, of EXPLAIN ANALYZE, of a
 * cursor or of COPY. None for a definition, such as that of a view.
 */
export function executedBy(node: Node): Node[] {
  const explain = as(node, "ExplainStmt");
  if (explain) return isAnalyze(explain.options) && explain.query ? executedBy(explain.query) : [];
  const copy = as(node, "CreateTableAsStmt");
  if (copy) return copy.query && !copy.into?.skipData ? executedBy(copy.query) : [];
  const cursor = as(node, "DeclareCursorStmt");
  if (cursor) return cursor.query ? executedBy(cursor.query) : [];
  const query = as(node, "CopyStmt")?.query;
  if (query) return executedBy(query);
  return EXECUTED_TAGS.some((tag) => tag in node) ? [node] : [];
}
