import { type CorpusEntry, safe, unsafe } from "./entry";

const trigger = { locks: "patients in share row exclusive" };

const doctorsTrigger = (body: string, when = "before insert") =>
  `create function f() returns trigger language plpgsql as $$ begin ${body} end $$;\n` +
  `create trigger t ${when} on doctors for each row execute function f()`;
const onDoctors = { locks: "doctors in share row exclusive" };

const triggerCode: readonly CorpusEntry[] = [
  unsafe("trigger-refuses-writes", doctorsTrigger("new.nope := 1; return new;"), "no such column", onDoctors),
  unsafe(
    "trigger-refuses-writes",
    doctorsTrigger('if new.room = 1 then perform new."Name"; end if; return new;'),
    "no such column in a branch",
    onDoctors,
  ),
  unsafe("trigger-refuses-writes", doctorsTrigger("new.room := 1;"), "no RETURN", onDoctors),
  unsafe("trigger-refuses-writes", doctorsTrigger("return old;"), "drops the row", onDoctors),
  unsafe(
    "trigger-refuses-writes",
    doctorsTrigger("return new;", "before delete"),
    "keeps the row",
    onDoctors,
  ),
  unsafe(
    "trigger-refuses-writes",
    doctorsTrigger("if tg_op = 'INSERT' then return new; end if; return old;", "before insert or update"),
    "drops the update",
    onDoctors,
  ),
  safe(
    doctorsTrigger("if tg_op = 'DELETE' then return old; end if; return new;", "before insert or delete"),
    "returns the row of each event",
    onDoctors,
  ),
  safe(
    doctorsTrigger(
      "case tg_op when 'DELETE' then return old; else return new; end case;",
      "before insert or delete",
    ),
    "returns the row of each event",
    onDoctors,
  ),
  safe(
    doctorsTrigger("begin raise 'no'; exception when others then null; end; return new;"),
    "handles its exception",
    onDoctors,
  ),
  safe(
    doctorsTrigger("if tg_table_name = 'visits' then new.summary := ''; end if; return new;"),
    "a branch for another table",
    onDoctors,
  ),
  safe(doctorsTrigger("return null;", "after insert"), "an AFTER trigger drops nothing", onDoctors),
  unsafe(
    "trigger-blocks-writes",
    doctorsTrigger("update patients set note = ''; return new;"),
    "locks all patients",
    onDoctors,
  ),
  unsafe(
    "trigger-blocks-writes",
    doctorsTrigger("lock table patients; return new;"),
    "locks a table",
    onDoctors,
  ),
  unsafe("trigger-blocks-writes", doctorsTrigger("perform pg_sleep(5); return new;"), "waits", onDoctors),
  unsafe(
    "trigger-blocks-writes",
    doctorsTrigger("perform pg_advisory_xact_lock(1); return new;"),
    "one write at a time",
    onDoctors,
  ),
  unsafe(
    "trigger-blocks-writes",
    doctorsTrigger("loop perform 1; end loop; return new;"),
    "has no end",
    onDoctors,
  ),
  safe(
    doctorsTrigger("update visits set summary = '' where doctor_id = new.id; return new;"),
    "only rows that belong to the row",
    onDoctors,
  ),
];

export const writes: readonly CorpusEntry[] = [
  safe(
    "create trigger t before insert or update on patients for each row execute function trim_name()",
    "it corrects",
    trigger,
  ),
  unsafe(
    "trigger-refuses-writes",
    "create trigger t before insert on patients for each row execute function reject_empty()",
    "it raises an exception",
    trigger,
  ),
  safe(
    "create trigger t before insert on patients for each row execute function reject_empty()",
    "no old version serves",
    { ...trigger, phase: "contract" },
  ),
  unsafe(
    "trigger-refuses-writes",
    "create trigger t before insert on patients for each row execute function who_knows()",
    "its effect is unknown",
    trigger,
  ),
  safe(
    "create table t (name text);\ncreate trigger t before insert on t for each row execute function reject_empty()",
    "old versions do not write that table",
  ),
  ...triggerCode,
  unsafe("disable-trigger", "alter table doctors disable trigger doctors_name", "for all clients", {
    locks: "doctors in share row exclusive",
  }),
  unsafe("disable-trigger", "alter table doctors disable trigger all", "with the foreign keys", {
    phase: "contract",
    locks: "doctors in share row exclusive",
  }),
  unsafe("disable-trigger", "set local session_replication_role = replica", "all triggers, for this script"),
  safe("alter table doctors enable trigger doctors_name", "it works again", {
    locks: "doctors in share row exclusive",
  }),
  unsafe("row-level-security", "alter table patients enable row level security", "old versions see nothing", {
    locks: "patients",
  }),
  safe("alter table patients enable row level security", "no old version serves", {
    phase: "contract",
    locks: "patients",
  }),
  unsafe("row-level-security", "create policy p on patients as restrictive using (age > 18)", "hides rows", {
    locks: "patients",
  }),
  safe("create policy p on patients using (true)", "shows rows", { locks: "patients" }),
  unsafe("rewrite-rule", "create rule r as on delete to patients do instead nothing", "deletes do nothing", {
    locks: "patients",
  }),
  unsafe(
    "replace-in-use",
    "create or replace function steady_code(text) returns text language sql immutable as $$ select lower($1) $$",
    "old versions use it too",
  ),
  safe(
    "create or replace function new_code(text) returns text language sql immutable as $$ select lower($1) $$",
    "not used yet",
  ),
  unsafe(
    "replace-in-use",
    "create or replace view open_visits as select id, patient_id from visits where day > now()",
    "in use",
  ),
  unsafe(
    "alter-composite-type",
    "alter type address add attribute country text",
    "old versions write two attributes",
  ),
  unsafe(
    "alter-composite-type",
    "alter type address drop attribute city",
    "old versions write two attributes",
  ),
  safe("alter type severity add value if not exists 'unknown'", "not written yet"),
  safe("create type color as enum ('blue', 'green')", "a new type"),
  unsafe(
    "enum-value-used-at-once",
    "alter type severity add value 'unknown';\nalter table patients alter column severity set default 'unknown'",
    "PostgreSQL rejects it before the commit",
    { locks: "patients" },
  ),
  safe(
    "create type color as enum ('blue');\nalter type color add value 'green';\ncreate table t (c color default 'green')",
    "the type is of the same transaction",
  ),
  safe(
    "alter type severity add value 'unknown';\n\n-- backfill: patients\n-- key: id\n" +
      "update patients set severity = 'unknown' where id between $1 and $2 and name = ''",
    "the backfill runs after the commit",
  ),
  unsafe(
    "tightens-running-writes",
    "alter table doctors alter column id add generated always as identity",
    "ids are rejected",
    {
      locks: "doctors",
    },
  ),
  safe("alter table doctors alter column id add generated by default as identity", "ids are taken", {
    locks: "doctors",
  }),

  unsafe("unbounded-change", "update patients set note = ''", "locks every row"),
  unsafe(
    "unbounded-change",
    "update patients set note = '' where note is null",
    "locks an unknown number of rows",
  ),
  safe("update patients set note = '' where id = 7", "one row"),
  safe("update doctors set name = 'A' where email = 'a@example.org'", "one row, by its unique index"),
  safe("update doctors set name = 'A' where id in (1, 2, 3)", "three rows"),
  unsafe("unbounded-change", "update doctors set name = 'A' where name = 'B'", "names are not unique"),
  unsafe("unbounded-change", "update doctors set name = 'A' where id = room", "compares with a column"),
  unsafe("unbounded-change", "delete from visits", "locks every row"),
  unsafe(
    "unbounded-change",
    "delete from visits where day < '2020-01-01'",
    "locks an unknown number of rows",
  ),
  unsafe(
    "unbounded-change",
    "with old as (delete from visits returning id) select count(*) from old",
    "in a WITH",
  ),
  unsafe(
    "unbounded-change",
    "merge into doctors d using visits v on d.id = v.doctor_id when matched then update set room = 1",
    "locks an unknown number of rows",
  ),
  safe("insert into doctors (id, name) values (1, 'A'), (2, 'B') on conflict do nothing", "two rows"),
  unsafe(
    "unbounded-change",
    "create table t (id bigint);\ninsert into t select id from patients",
    "misses later rows",
  ),
  unsafe("unbounded-change", "create table t as select * from patients", "misses later rows"),
  safe("create table t as select * from patients with no data", "only the columns"),
  safe(
    "create table t (id int);\ninsert into t select generate_series(1, 10);\nupdate t set id = id + 1",
    "a new table",
  ),
  safe(
    "-- backfill: patients\n-- key: id\nupdate patients set note = name where id between $1 and $2 and note is null",
    "in batches",
  ),
  safe(
    "-- backfill: patients\n-- key: id\nupdate patients set note = name where id >= $1 and id <= $2 and note is null",
    "in batches",
  ),
  safe(
    "-- backfill: patients\n-- key: id\ndelete from patients where id between $1 and $2 and note = ''",
    "in batches",
  ),
  safe(
    "create table copies (id bigint primary key, name text);\n\n-- backfill: patients\n-- key: id\n" +
      "insert into copies select id, name from patients where id between $1 and $2 on conflict do nothing",
    "in batches",
  ),
  unsafe(
    "backfill-unbounded",
    "-- backfill: patients\n-- key: id\nupdate patients set note = '' where id between $1 and $2 or note is null",
    "the OR takes all rows each time",
  ),
  unsafe(
    "backfill-unbounded",
    "-- backfill: patients\n-- key: id\nupdate patients set note = '' where age between $1 and $2",
    "another column than the key",
  ),
  unsafe(
    "backfill-unbounded",
    "-- backfill: patients\n-- key: id\nupdate patients set note = '' where id >= $1 and $2 > 0",
    "no upper bound",
  ),
  unsafe(
    "backfill-unbounded",
    "-- backfill: patients\n-- key: id\nselect count(*) from patients where id between $1 and $2",
    "no change",
  ),
  unsafe(
    "backfill-not-repeatable",
    "-- backfill: patients\n-- key: id\nupdate patients set age = age + 1 where id between $1 and $2",
    "twice is wrong",
  ),
  unsafe(
    "backfill-not-repeatable",
    "create table copies (name text);\n\n-- backfill: patients\n-- key: id\n" +
      "insert into copies select name from patients where id between $1 and $2",
    "twice is wrong",
  ),
  unsafe("unbounded-change", "delete from patients where id = 7", "deletes the patient's visits too"),
  unsafe(
    "unbounded-change",
    "merge into patients p using (values (7)) as s(id) on p.id = s.id when matched then delete",
    "deletes the visits of one patient too",
  ),
  unsafe("unbounded-change", "update rooms set code = 'b' where id = 7", "renames the room of many beds", {
    before: [
      "create table rooms (id int primary key, code text unique)",
      "create table beds (id int primary key, room text references rooms (code) on update cascade)",
    ],
  }),
  safe("update rooms set code = 'b' where id = 7", "one bed for each room", {
    before: [
      "create table rooms (id int primary key, code text unique)",
      "create table beds (room text primary key references rooms (code) on update cascade)",
    ],
  }),
  safe("update patients set note = 'x' where id = 1 or phone = '5'", "two unique keys"),
  safe("delete from visits where id = 1 or id in (2, 3)", "one unique key"),
  safe(
    "update patients set note = 'x' where (id = 1 and age = 2) or (age = 3 and phone = '5')",
    "a key on each side",
  ),
  safe("update patients set note = 'x' where age = 3 and (id = 1 or phone = '5')", "a key on each side"),
  unsafe("unbounded-change", "update patients set note = 'x' where id = 1 or age = 3", "many have an age"),
  unsafe(
    "unbounded-change",
    "update patients set note = 'x' where id = 1 or phone is null",
    "many have no phone",
  ),
  unsafe("unbounded-change", "update patients set note = 'x' where id = 1 or id = id", "true for each row"),
];
