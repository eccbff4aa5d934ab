/** What a prepared query is to its caller, and whether it still is the same. */

/** Types by PostgreSQL's names. */
export interface QueryTypes {
  readonly parameters: readonly string[];
  readonly result: readonly string[];
}

export interface Unpreparable {
  /** The server's words. */
  readonly error: string;
}

export type PreparedQuery = QueryTypes | Unpreparable;

function difference(what: string, before: readonly string[], after: readonly string[]): string[] {
  if (before.length !== after.length) return [`it has ${after.length} ${what}s instead of ${before.length}`];
  return before.flatMap((type, i) =>
    type === after[i] ? [] : [`the type of ${what} ${i + 1} is ${after[i]} instead of ${type}`],
  );
}

/** What is wrong with a query, prepared later, for who wrote it for `before`; undefined when nothing is. */
export function incompatibility(before: PreparedQuery, after: PreparedQuery): string | undefined {
  if ("error" in before) return undefined; // It never worked, which is said elsewhere.
  if ("error" in after) return `it no longer prepares: ${after.error}`;
  const changes = [
    ...difference("parameter", before.parameters, after.parameters),
    ...difference("result column", before.result, after.result),
  ];
  return changes.length === 0 ? undefined : changes.join(", ");
}
