/** The statements that run without a transaction, read closely enough to be repeated safely. */

const name = '(?:[a-zA-Z_][\\w$]*|"[^"]+")';
const create = new RegExp(
  `^CREATE\\s+(?:UNIQUE\\s+)?INDEX\\s+CONCURRENTLY\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(${name})\\s+ON\\s+(?:ONLY\\s+)?` +
    `(${name}(?:\\.${name})?)[\\s(]`,
  "i",
);
const drop = new RegExp(
  `^DROP\\s+INDEX\\s+CONCURRENTLY\\s+IF\\s+EXISTS\\s+(${name}(?:\\.${name})?)\\s*$`,
  "i",
);

export type ConcurrentStatement =
  | { readonly kind: "create"; readonly index: string; readonly table: string }
  | { readonly kind: "drop"; readonly index: string };

/** Names come as written, quotes included; undefined when it is no such statement or the index has no name. */
export function readConcurrentStatement(statement: string): ConcurrentStatement | undefined {
  const created = create.exec(statement);
  if (created?.[1] && created[2] && created[1].toUpperCase() !== "ON") {
    return { kind: "create", index: created[1], table: created[2] };
  }
  const dropped = drop.exec(statement);
  return dropped?.[1] ? { kind: "drop", index: dropped[1] } : undefined;
}
