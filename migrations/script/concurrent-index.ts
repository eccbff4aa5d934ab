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

const QUALIFIED = `${NAME}(?:\\.${NAME})?`;
const REINDEX = new RegExp(`^REINDEX\\s+(INDEX|TABLE)\\s+CONCURRENTLY\\s+(${QUALIFIED})\\s*$`, "i");
const DETACH = new RegExp(
  `^ALTER\\s+TABLE\\s+(?:IF\\s+EXISTS\\s+)?(${QUALIFIED})\\s+DETACH\\s+PARTITION\\s+(${QUALIFIED})\\s+CONCURRENTLY\\s*$`,
  "i",
);

export type ConcurrentStatement =
  | { readonly kind: "create"; readonly index: string; readonly table: string }
  | { readonly kind: "drop"; readonly index: string }
  | { readonly kind: "reindex"; readonly object: "index" | "table"; readonly name: string }
  | { readonly kind: "detach"; readonly table: string; readonly partition: string };

export const CONCURRENT_FORMS =
  "CREATE [UNIQUE] INDEX CONCURRENTLY name ON table (…), DROP INDEX CONCURRENTLY IF EXISTS name, " +
  "REINDEX INDEX CONCURRENTLY name, REINDEX TABLE CONCURRENTLY name or " +
  "ALTER TABLE name DETACH PARTITION name CONCURRENTLY";

/** PostgreSQL cuts a longer name, and then has it under the cut name only. */
function storedName(written: string): string {
  return formatName((parseName(written) ?? [written]).map((part) => truncateName(part)));
}

/**
 * Parses the only statements that may run without a transaction, because they can be repeated safely.
 *
 * Names are returned with the quotes that SQL needs. Undefined for any other statement, and for an index without a name.
 */
export function readConcurrentStatement(statement: string): ConcurrentStatement | undefined {
  const created = CREATE_INDEX.exec(statement);
  if (created?.[1] && created[2] && created[1].toUpperCase() !== "ON") {
    return { kind: "create", index: storedName(created[1]), table: storedName(created[2]) };
  }
  const dropped = DROP_INDEX.exec(statement);
  if (dropped?.[1]) return { kind: "drop", index: storedName(dropped[1]) };
  const [, object, name] = REINDEX.exec(statement) ?? [];
  if (object && name) {
    return {
      kind: "reindex",
      object: object.toLowerCase() === "index" ? "index" : "table",
      name: storedName(name),
    };
  }
  const [, table, partition] = DETACH.exec(statement) ?? [];
  return table && partition
    ? { kind: "detach", table: storedName(table), partition: storedName(partition) }
    : undefined;
}
