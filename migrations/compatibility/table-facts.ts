import type { PGlite } from "@electric-sql/pglite";

export interface TypeFacts {
  readonly name: string;
  /** Category of pg_type, such as `N` for numbers. */
  readonly category: string;
  readonly labels: readonly string[] | null;
  readonly element: TypeFacts | null;
}

export interface ColumnFacts {
  readonly name: string;
  readonly type: TypeFacts;
  /** True if an INSERT must set it. */
  readonly isRequired: boolean;
  readonly isGenerated: boolean;
}

export interface ReferenceFacts {
  readonly columns: readonly string[];
  readonly table: string;
  readonly referenced: readonly string[];
}

export interface TableFacts {
  readonly columns: readonly ColumnFacts[];
  readonly references: readonly ReferenceFacts[];
  /** Definitions of the CHECKs, with their columns. Includes those of domains, and the bounds of partitions. */
  readonly checks: readonly { readonly columns: readonly string[]; readonly definition: string }[];
}

const NAME = (table: string, schema: string) =>
  `case when ${schema}.nspname = 'public' then quote_ident(${table}.relname)
    else quote_ident(${schema}.nspname) || '.' || quote_ident(${table}.relname) end`;

/** A type as JSON; a domain counts as its base type. */
const TYPE_FUNCTION = `
  create or replace function pg_temp.type_facts(type oid) returns json language sql as $$
    select case when t.typtype = 'd' then pg_temp.type_facts(t.typbasetype) else json_build_object(
      'name', t.typname, 'category', t.typcategory,
      'labels', (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid),
      'element', case when t.typcategory = 'A' then pg_temp.type_facts(t.typelem) end) end
      from pg_type t where t.oid = type
  $$`;

const TABLES = `
  select ${NAME("c", "n")} as name,
    (select coalesce(json_agg(json_build_object('name', a.attname, 'type', pg_temp.type_facts(a.atttypid),
        'isRequired', a.attnotnull and not a.atthasdef and a.attidentity = '',
        'isGenerated', a.attgenerated <> '' or a.attidentity = 'a') order by a.attnum), '[]')
       from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    (select coalesce(json_agg(json_build_object('table', ${NAME("r", "rn")},
        'columns', (select json_agg(a.attname order by k.n) from unnest(f.conkey) with ordinality k (attnum, n)
                      join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum),
        'referenced', (select json_agg(a.attname order by k.n) from unnest(f.confkey) with ordinality k (attnum, n)
                         join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum))), '[]')
       from pg_constraint f join pg_class r on r.oid = f.confrelid join pg_namespace rn on rn.oid = r.relnamespace
      where f.conrelid = c.oid and f.contype = 'f') as references,
    (select coalesce(json_agg(json_build_object('columns', columns, 'definition', definition)), '[]') from (
       select (select coalesce(json_agg(a.attname), '[]') from pg_attribute a
                where a.attrelid = k.conrelid and a.attnum = any (k.conkey)) as columns,
              pg_get_constraintdef(k.oid) as definition
         from pg_constraint k where k.conrelid = c.oid and k.contype = 'c'
       union all
       select json_build_array(a.attname), pg_get_constraintdef(k.oid)
         from pg_attribute a join pg_constraint k on k.contypid = a.atttypid and k.contype = 'c'
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       union all
       select (select coalesce(json_agg(distinct a.attname), '[]')
                 from pg_partition_tree(pg_partition_root(c.oid)) level
                 join pg_partitioned_table p on p.partrelid = level.relid
                 join pg_attribute a on a.attrelid = p.partrelid and a.attnum = any (p.partattrs)),
              pg_get_partition_constraintdef(leaf.relid)
         from pg_partition_tree(c.oid) leaf
        where leaf.isleaf and pg_get_partition_constraintdef(leaf.relid) is not null) as found) as checks
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'v') and n.nspname !~ '^(pg_|information_schema$)'`;

export async function readTableFacts(database: PGlite): Promise<ReadonlyMap<string, TableFacts>> {
  await database.exec(TYPE_FUNCTION);
  const { rows } = await database.query<TableFacts & { readonly name: string }>(TABLES);
  return new Map(rows.map(({ name, ...facts }) => [name, facts]));
}

/** Types of the parameters of a prepared statement. Call {@link readTableFacts} in the same session first. */
export async function readParameterTypes(database: PGlite, statement: string): Promise<TypeFacts[]> {
  const { rows } = await database.query<{ type: TypeFacts }>(
    `select pg_temp.type_facts(p.type::oid) as type
       from pg_prepared_statements s, unnest(s.parameter_types) with ordinality p (type, n)
      where s.name = $1 order by p.n`,
    [statement],
  );
  return rows.map(({ type }) => type);
}
