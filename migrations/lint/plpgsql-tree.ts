/** Access to the tree of PL/pgSQL code, which libpg-query returns without types. */

import type { Node } from "libpg-query";
import { tryParse } from "./parser";

export type Tree = Readonly<Record<string, unknown>>;

export const isTree = (value: unknown): value is Tree => value !== null && typeof value === "object";

/** Text of an expression or statement as SQL that can be parsed. Undefined for other nodes. */
export function queryOf(value: unknown): string | undefined {
  const expression = isTree(value) && isTree(value.PLpgSQL_expr) ? value.PLpgSQL_expr : undefined;
  if (typeof expression?.query !== "string") return undefined;
  const mode = typeof expression.parseMode === "number" ? expression.parseMode : 0; // See RawParseMode in parser.h.
  if (mode === 0) return expression.query;
  return `SELECT ${mode === 2 ? expression.query : expression.query.replace(/^[^=]*?:?=/, "")}`;
}

/** The parsed expression or statement. Undefined for other nodes, and for text that cannot be parsed. */
export function parsedQuery(value: unknown): Node | undefined {
  return tryParse(queryOf(value) ?? "")?.[0];
}

/** True if the test holds for a node in the tree. */
export function someNode(value: unknown, test: (key: string, child: unknown) => boolean): boolean {
  if (Array.isArray(value)) return value.some((item) => someNode(item, test));
  if (!isTree(value)) return false;
  for (const key in value) if (test(key, value[key]) || someNode(value[key], test)) return true;
  return false;
}
