const NAME = '(?:[a-zA-Z_][\\w$]*|"[^"]+")';
const CREATE_INDEX = new RegExp(
  `^CREATE\\s+(?:UNIQUE\\s+)?INDEX\\s+CONCURRENTLY\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(${NAME})\\s+ON\\s+(?:ONLY\\s+)?` +
    `(${NAME}(?:\\.${NAME})?)[\\s(]`,
  "i",
);
const DROP_INDEX = new RegExp(
  `^DROP\\s+INDEX\\s+CONCURRENTLY\\s+IF\\s+EXISTS\\s+(${NAME}(?:\\.${NAME})?)\\s*$`,
  "i",
);

export type ConcurrentStatement =
  | { readonly kind: "create"; readonly index: string; readonly table: string }
  | { readonly kind: "drop"; readonly index: string };

/**
 * Parses the only two statements that may run without a transaction, because they can be repeated safely.
 *
 * Names are returned as written, with quotes. Undefined for any other statement, and for an index without a name.
 */
export function readConcurrentStatement(statement: string): ConcurrentStatement | undefined {
  const created = CREATE_INDEX.exec(statement);
  if (created?.[1] && created[2] && created[1].toUpperCase() !== "ON") {
    return { kind: "create", index: created[1], table: created[2] };
  }
  const dropped = DROP_INDEX.exec(statement);
  return dropped?.[1] ? { kind: "drop", index: dropped[1] } : undefined;
}
