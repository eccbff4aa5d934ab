import { formatName, parseName } from "./name";
import type { Backfill } from "./script";

/** Left side of a comparison with a batch's ends: `id`, or `(tenant, id)` for a composite key. */
export function keyExpression(keys: readonly string[]): string {
  return keys.length === 1 ? `${keys[0]}` : `(${keys.join(", ")})`;
}

/** Condition for the rows of a batch: `id BETWEEN $1 AND $2`, or with two parameters more for each further column. */
export function batchCondition(keys: readonly string[]): string {
  const end = (offset: number) => keyExpression(keys.map((_, i) => `$${offset + i + 1}`));
  return `${keyExpression(keys)} BETWEEN ${end(0)} AND ${end(keys.length)}`;
}

export interface KeyColumn {
  readonly name: string;
  /** Undefined if the table has no such column. */
  readonly type?: string;
  /** Category of the type in pg_type, such as `S` for texts. */
  readonly category?: string;
  readonly notNull?: boolean;
}

export interface KeyFacts {
  readonly tableExists: boolean;
  /** Number of rows from the server's statistics, or -1 without statistics. */
  readonly estimatedRows: number;
  readonly columns: readonly KeyColumn[];
  /** True if a valid b-tree index on all rows begins with the key's columns in their order. */
  readonly isIndexed: boolean;
  /** True if no two rows can have the same key. */
  readonly isUnique: boolean;
  readonly primaryKey: readonly string[];
}

/** Reads KeyFacts as one row. Parameters: the table's name, and the names of the key's columns without quotes. */
export const KEY_FACTS_SQL = `
  WITH wanted AS (
         SELECT k.name, k.n, a.attnum, a.atttypid,
                -- A constraint that is NOT VALID admits nulls in existing rows.
                a.attnotnull AND NOT EXISTS (
                  SELECT FROM pg_constraint c WHERE c.conrelid = a.attrelid AND c.contype = 'n' AND NOT c.convalidated
                     AND c.conkey = ARRAY[a.attnum]) AS "notNull",
                format_type(a.atttypid, a.atttypmod) AS type
           FROM unnest($2::text[]) WITH ORDINALITY AS k (name, n)
           LEFT JOIN pg_attribute a ON a.attrelid = to_regclass($1) AND a.attname = k.name AND a.attnum > 0
            AND NOT a.attisdropped),
       fitting AS (
         SELECT i.indisunique AND i.indnkeyatts = cardinality($2::text[]) AS is_unique
           FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
          WHERE i.indrelid = to_regclass($1) AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree'
            AND (SELECT bool_and(attnum IS NOT NULL AND i.indkey[n - 1] = attnum) FROM wanted))
  SELECT to_regclass($1) IS NOT NULL AS "tableExists",
         coalesce((SELECT reltuples::float8 FROM pg_class WHERE oid = to_regclass($1)), -1) AS "estimatedRows",
         (SELECT json_agg(json_build_object('name', w.name, 'type', w.type, 'category', t.typcategory,
                                            'notNull', w."notNull") ORDER BY w.n)
            FROM wanted w LEFT JOIN pg_type t ON t.oid = w.atttypid) AS columns,
         EXISTS (SELECT FROM fitting) AS "isIndexed",
         EXISTS (SELECT FROM fitting WHERE is_unique) AS "isUnique",
         coalesce((SELECT json_agg(a.attname ORDER BY array_position(i.indkey::int2[], a.attnum))
            FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
           WHERE i.indrelid = to_regclass($1) AND i.indisprimary), '[]') AS "primaryKey"`;

/** Selects the type categories of a prepared statement's parameters, in their order; `$1` is its name. */
export const PARAMETER_CATEGORIES_SQL = `
  SELECT t.typcategory::text AS category
    FROM pg_prepared_statements p, unnest(p.parameter_types::oid[]) WITH ORDINALITY AS parameter (type, n)
    JOIN pg_type t ON t.oid = parameter.type
   WHERE p.name = $1 ORDER BY n`;

export function keyFactsParameters({ table, keys }: Backfill): [table: string, names: string[]] {
  return [table, keys.map((key) => parseName(key)?.at(-1) ?? key)];
}

/** The reason why batches along the key would miss rows or scan the whole table. */
export function keyProblem({ table, keys }: Backfill, facts: KeyFacts): string | undefined {
  if (!facts.tableExists) return `backfill must be a table of the database, got ${table}.`;
  const missing = facts.columns.find(({ type }) => !type);
  if (missing) return `key must be a column of ${table}, got ${formatName([missing.name])}.`;
  const isNullable = facts.columns.some(({ notNull }) => notNull !== true);
  if (!isNullable && facts.isIndexed) return undefined;
  const form =
    keys.length === 1 ? "NOT NULL and the first column" : "NOT NULL and the first columns, in this order,";
  const primary =
    facts.primaryKey.length > 0 ? ` (${facts.primaryKey.map((name) => formatName([name])).join(", ")})` : "";
  return (
    `key must be ${form} of a btree index on all rows, got ${table}.${keyExpression(keys)}, ` +
    `which is ${isNullable ? "nullable" : "in no such index"}. Use the primary key${primary}.`
  );
}

/** Parameters must be compared as the type of the key. Texts have another order than numbers, and rows would be missed. */
export function parameterProblem(
  { keys }: Backfill,
  columns: readonly KeyColumn[],
  categories: readonly string[],
): string | undefined {
  if (categories.length !== keys.length * 2) {
    return `the statement must use ${keys.length * 2} parameters, got ${categories.length}. Write WHERE ${batchCondition(keys)}.`;
  }
  const wrong = categories.findIndex((category, i) => {
    return category === "S" && columns[i % keys.length]?.category !== "S";
  });
  const column = columns[wrong % keys.length];
  if (wrong < 0 || !column) return undefined;
  return (
    `the statement must compare $${wrong + 1} as ${column.type}, the type of ${column.name}, got text, which has another ` +
    `order. Write WHERE ${batchCondition(keys)}.`
  );
}
