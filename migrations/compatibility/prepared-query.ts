export interface QueryTypes {
  readonly parameters: readonly string[];
  readonly result: readonly string[];
}

export interface Unpreparable {
  readonly error: string;
}

export type PreparedQuery = QueryTypes | Unpreparable;

function differences(kind: string, before: readonly string[], after: readonly string[]): string[] {
  if (before.length !== after.length) return [`it has ${after.length} ${kind}s instead of ${before.length}`];
  return before.flatMap((type, i) =>
    type === after[i] ? [] : [`the type of ${kind} ${i + 1} is ${after[i]} instead of ${type}`],
  );
}

/** Describes a difference that breaks a caller written for `before`. Undefined if there is none. */
export function incompatibility(before: PreparedQuery, after: PreparedQuery): string | undefined {
  if ("error" in before) return undefined; // Already reported as a query that has never worked.
  if ("error" in after) return `it can no longer be prepared: ${after.error}`;
  const changes = [
    ...differences("parameter", before.parameters, after.parameters),
    ...differences("result column", before.result, after.result),
  ];
  return changes.length === 0 ? undefined : changes.join(", ");
}
