import type { PGlite } from "@electric-sql/pglite";

export interface RoutineState {
  /** Name with the quotes that SQL needs, and the types of the arguments. */
  readonly name: string;
  readonly language: string;
  readonly definition: string;
  /** Names and types of the arguments. The name is empty for an argument without one. */
  readonly parameters: readonly { readonly name: string; readonly type: string }[];
}

export interface TriggerState {
  readonly name: string;
  readonly table: string;
  /** Name of the table without the schema, as TG_TABLE_NAME has it. */
  readonly relation: string;
  readonly routine: number;
  /** Bits of the column tgtype of pg_trigger. */
  readonly type: number;
  readonly definition: string;
}

/** Functions and triggers, and everything that their code may use. */
export interface CodeState {
  readonly routines: ReadonlyMap<number, RoutineState>;
  readonly triggers: ReadonlyMap<number, TriggerState>;
  /** Relations, columns with their types, and types. */
  readonly objects: ReadonlySet<string>;
}

const OWN = "nspname !~ '^pg_' and nspname <> 'information_schema'";
const NO_EXTENSION = (oid: string, catalog: string) =>
  `not exists (select from pg_depend d where d.objid = ${oid} and d.classid = '${catalog}'::regclass and d.deptype = 'e')`;

const STATE = `
  select
    (select coalesce(json_object_agg(p.oid, json_build_object(
        'name', p.oid::regprocedure::text, 'language', l.lanname, 'definition', pg_get_functiondef(p.oid),
        'parameters', array(
          select json_build_object('name', coalesce(p.proargnames[a.n], ''), 'type', format_type(a.type, null))
            from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality a (type, n) order by a.n))), '{}')
       from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_language l on l.oid = p.prolang
      where ${OWN} and p.prokind in ('f', 'p') and l.lanname in ('sql', 'plpgsql') and p.prosqlbody is null
        and ${NO_EXTENSION("p.oid", "pg_proc")}) as routines,
    (select coalesce(json_object_agg(t.oid, json_build_object(
        'name', t.tgname, 'relation', c.relname, 'routine', t.tgfoid::int, 'type', t.tgtype,
        'table', case when nspname = 'public' then quote_ident(c.relname)
                   else quote_ident(nspname) || '.' || quote_ident(c.relname) end,
        'definition', concat(pg_get_triggerdef(t.oid), t.tgenabled))), '{}')
       from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      where ${OWN} and not t.tgisinternal and t.tgparentid = 0) as triggers,
    (select coalesce(json_agg(concat_ws(' ', nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod))), '[]')
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where ${OWN} and c.relkind in ('r', 'p', 'v', 'm', 'S', 'c', 'f')) as relations,
    (select coalesce(json_agg(concat_ws(' ', 'type', nspname, t.typname)), '[]')
       from pg_type t join pg_namespace n on n.oid = t.typnamespace where ${OWN}) as types`;

interface StateRow {
  readonly routines: Record<string, RoutineState>;
  readonly triggers: Record<string, TriggerState>;
  readonly relations: readonly string[];
  readonly types: readonly string[];
}

const byNumber = <T>(record: Record<string, T>) =>
  new Map(Object.entries(record).map(([oid, value]) => [Number(oid), value]));

export async function readCodeState(database: PGlite): Promise<CodeState> {
  const { rows } = await database.query<StateRow>(STATE);
  const [
    { routines, triggers, relations, types } = { routines: {}, triggers: {}, relations: [], types: [] },
  ] = rows;
  return {
    routines: byNumber(routines),
    triggers: byNumber(triggers),
    objects: new Set([...relations, ...types]),
  };
}
