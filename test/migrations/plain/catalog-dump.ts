import type { Client } from "pg";

const OWN_SCHEMAS = "('changeover', 'information_schema', 'pg_catalog', 'pg_toast')";
const inOwn = (column: string) =>
  `${column} IN (SELECT oid FROM pg_namespace WHERE nspname NOT IN ${OWN_SCHEMAS} AND nspname NOT LIKE 'pg\\_%')`;

/** Each query returns one line of text for each object. */
const QUERIES: Readonly<Record<string, string>> = {
  relations: `SELECT concat_ws(' ', oid::regclass, relkind, relpersistence, relrowsecurity, relforcerowsecurity, relreplident,
      reloptions, relacl, pg_get_expr(relpartbound, oid), pg_get_partkeydef(oid), obj_description(oid, 'pg_class')) AS line
    FROM pg_class WHERE ${inOwn("relnamespace")}`,
  columns: `SELECT concat_ws(' ', attrelid::regclass, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
      attgenerated, attisdropped, attislocal, attinhcount, attacl, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)) AS line
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE ${inOwn("relnamespace")} AND attnum > 0 AND NOT attisdropped`,
  constraints: `SELECT concat_ws(' ', conrelid::regclass, contypid::regtype, conname, convalidated, condeferrable, condeferred,
      pg_get_constraintdef(oid)) AS line FROM pg_constraint WHERE ${inOwn("connamespace")}`,
  indexes: `SELECT concat_ws(' ', pg_get_indexdef(indexrelid), indisvalid, indisprimary, indisunique) AS line
    FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE ${inOwn("relnamespace")}`,
  views: `SELECT concat_ws(' ', oid::regclass, pg_get_viewdef(oid)) AS line FROM pg_class
    WHERE relkind IN ('v', 'm') AND ${inOwn("relnamespace")}`,
  triggers: `SELECT concat_ws(' ', pg_get_triggerdef(t.oid), tgenabled) AS line FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
    WHERE NOT tgisinternal AND ${inOwn("relnamespace")}`,
  routines: `SELECT concat_ws(' ', pg_get_functiondef(oid), proacl, obj_description(oid, 'pg_proc')) AS line FROM pg_proc
    WHERE ${inOwn("pronamespace")}`,
  policies: `SELECT concat_ws(' ', schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check) AS line
    FROM pg_policies`,
  rules: `SELECT concat_ws(' ', schemaname, tablename, rulename, definition) AS line FROM pg_rules WHERE schemaname NOT LIKE 'pg\\_%'`,
  types: `SELECT concat_ws(' ', t.oid::regtype, typtype, typnotnull, typdefault, typbasetype::regtype,
      (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)) AS line
    FROM pg_type t WHERE typtype IN ('e', 'd') AND ${inOwn("typnamespace")}`,
  sequences: `SELECT concat_ws(' ', schemaname, sequencename, data_type, start_value, increment_by, last_value) AS line
    FROM pg_sequences WHERE schemaname <> 'changeover'`,
  inheritance:
    "SELECT concat_ws(' ', inhrelid::regclass, inhparent::regclass, inhseqno, inhdetachpending) AS line FROM pg_inherits",
  schemas: `SELECT concat_ws(' ', nspname, nspacl) AS line FROM pg_namespace WHERE nspname NOT IN ${OWN_SCHEMAS} AND nspname NOT LIKE 'pg\\_%'`,
};

/** Schema and rows of a database as lines of text, without the runner's own schema. */
export async function dumpCatalog(client: Client): Promise<string[]> {
  await client.query("SET search_path TO ''");
  const lines: string[] = [];
  for (const [kind, query] of Object.entries(QUERIES)) {
    const { rows } = await client.query<{ line: string }>(query);
    lines.push(...rows.map(({ line }) => `${kind}: ${line}`));
  }
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND ${inOwn("relnamespace")}`,
  );
  for (const { name } of tables) {
    const { rows } = await client.query<{ line: string }>(
      `SELECT concat_ws(' ', count(*), md5(string_agg(t::text, ',' ORDER BY t::text))) AS line FROM ${name} t`,
    );
    lines.push(`rows: ${name} ${rows[0]?.line}`);
  }
  return lines.sort();
}
