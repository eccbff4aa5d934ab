import { formatName, parseName, truncateName } from "./name";

const NAME = '(?:[a-zA-Z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*|"(?:[^"]|"")+")';
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

/** PostgreSQL cuts a longer name, and then has it under the cut name only. */
function storedName(written: string): string {
  return formatName((parseName(written) ?? [written]).map((part) => truncateName(part)));
}

/**
 * Parses the only two statements that may run without a transaction, because they can be repeated safely.
 *
 * Names are returned with the quotes that SQL needs. Undefined for any other statement, and for an index without a name.
 */
export function readConcurrentStatement(statement: string): ConcurrentStatement | undefined {
  const created = CREATE_INDEX.exec(statement);
  if (created?.[1] && created[2] && created[1].toUpperCase() !== "ON") {
    return { kind: "create", index: storedName(created[1]), table: storedName(created[2]) };
  }
  const dropped = DROP_INDEX.exec(statement);
  return dropped?.[1] ? { kind: "drop", index: storedName(dropped[1]) } : undefined;
}
