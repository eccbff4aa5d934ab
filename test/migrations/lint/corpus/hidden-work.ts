/** Changes and waits whose size does not show in the statement: domains, calls, lists, loops. */

import { type CorpusEntry, safe, unsafe } from "./entry";

const patients = { locks: "patients" };
const wipe = "create function wipe() returns int language sql as $$ delete from visits; select 1 $$;\n";
const filled = `${wipe}create table t (i int);\ninsert into t values (1);\n`;
const oneDoctor =
  "create function leave(bigint) returns void language sql as $$ delete from doctors where id = $1 $$;\n";
const firstDoctor = "delete from doctors where id = (select min(id) from doctors)";
const endless = (sql: string) => `alter table patients add column x int;\n${sql}`;

const squawk = "the domain has no constraint";

const domains: readonly CorpusEntry[] = [
  unsafe(
    "add-column-volatile-default",
    "create domain token as uuid default gen_random_uuid();\nalter table patients add column x token",
    "the default of the domain",
    patients,
  ),
  unsafe(
    "add-column-volatile-default",
    'create domain token as uuid default gen_random_uuid();\ncreate domain "Over" as token;\nalter table patients add column x "Over"',
    "the default of the domain below",
    patients,
  ),
  unsafe(
    "add-column-volatile-default",
    "alter domain plain_text set default random()::text;\nalter table patients add column x plain_text",
    "a new default of the domain",
    patients,
  ),
  unsafe(
    "add-column-volatile-default",
    "create function plus(int, int) returns int language plpgsql as 'begin return $1 + $2; end';\n" +
      "create operator @@@ (leftarg = int, rightarg = int, function = plus);\nalter table patients add column x int default 1 @@@ 2",
    "the operator calls a volatile function",
    patients,
  ),
  safe(
    "create domain token as uuid default gen_random_uuid();\nalter table patients add column x token default null",
    "all rows are null",
    { ...patients, squawk },
  ),
  safe(
    "create domain added as timestamptz default now();\nalter table patients add column x added",
    "computed once",
    { ...patients, squawk },
  ),
  safe(
    "create domain token as uuid default gen_random_uuid();\nalter table patients add column x token[]",
    "an array has no default",
    { ...patients, squawk },
  ),
  safe("create domain token as uuid default gen_random_uuid();\ncreate table t (x token)", "a new table", {
    squawk,
  }),
];

const calls: readonly CorpusEntry[] = [
  unsafe(
    "unbounded-change",
    "create function wipe(doctors) returns int language sql as $$ delete from visits; select 1 $$;\n" +
      "select (d).wipe from doctors d where id = 1",
    "a call like a column",
  ),
  unsafe(
    "unbounded-change",
    'create function "Wipe"(doctors) returns int language sql as $$ delete from visits; select 1 $$;\n' +
      'select d."Wipe" from doctors d where id = 1',
    "a call like a column",
  ),
  safe(
    "create function name(int) returns int language sql as $$ delete from visits; select 1 $$;\n" +
      "select d.name from doctors d where id = 1",
    "the table has the column",
  ),
  unsafe("unbounded-change", `${filled}alter table t add column x int default wipe()`, "called for a row"),
  unsafe(
    "unbounded-change",
    `${filled}alter table t alter column i type bigint using wipe()`,
    "called for a row",
  ),
  unsafe("unbounded-change", `${filled}alter table t add check (wipe() = i)`, "called for a row"),
  unsafe(
    "unbounded-change",
    `${filled}alter table t add constraint c check (wipe() = i) not valid;\nalter table t validate constraint c`,
    "called for a row",
  ),
  unsafe(
    "unbounded-change",
    `${wipe}create domain d as int default wipe();\ncreate table t as select 1 as i;\nalter table t add column x d`,
    "the default of the domain is called for a row",
  ),
  unsafe(
    "unbounded-change",
    `${wipe}create table t (i int) partition by list (i);\ncreate table t_1 partition of t default;\n` +
      "insert into t_1 values (1);\nalter table t add column x int default wipe()",
    "called for a row of a partition",
  ),
  unsafe(
    "unbounded-change",
    `${wipe}create function f(int default wipe()) returns int language sql as $$ select 1 $$;\nselect f()`,
    "the default of an argument",
  ),
  safe(`${filled}alter table t alter column i set default wipe()`, "for later rows"),
  safe(`${wipe}create table t (i int);\nalter table t add column x int default wipe()`, "no rows yet", {
    squawk: "the table is new",
  }),
  safe(
    "create table t (i int);\ninsert into t values (1);\nalter table t add column x uuid default gen_random_uuid(), " +
      "add check (abs(i) < 5);\ncreate index on t (lower(i::text))",
    "a new table, and functions without effects",
    { squawk: "the table is new" },
  ),
];

const lists: readonly CorpusEntry[] = [
  unsafe(
    "unbounded-change",
    "merge into doctors d using (values (1)) as s(id) on d.id = s.id when not matched by source then delete",
    "all other rows",
  ),
  unsafe(
    "unbounded-change",
    "merge into doctors d using (values (1)) as s(id) on d.id = s.id when not matched by source and d.room = 2 then update set room = 3",
    "many of the other rows",
  ),
  safe(
    "merge into doctors d using (values (1)) as s(id) on d.id = s.id when not matched by source and d.id = 700 then delete",
    "one of the other rows",
  ),
  safe(
    "merge into doctors d using (values (700)) as s(id) on d.id = s.id when matched then delete when not matched by source then do nothing",
    "by keys",
  ),
  unsafe(
    "unbounded-change",
    "update doctors set room = 1 where id = any (array(select id from doctors))",
    "an array of all keys",
  ),
  unsafe(
    "unbounded-change",
    "update doctors set room = 1 where id = any (string_to_array((select string_agg(id::text, ',') from doctors), ',')::bigint[])",
    "an array of all keys",
  ),
  unsafe(
    "unbounded-change endless-work",
    "update doctors set room = 1 where id in (select generate_series(1, 1000000))",
    "a million keys",
  ),
  safe("update doctors set room = 1 where id in (select generate_series(1, 5))", "five keys"),
  safe(
    "update doctors set room = 1 where id = any (array(select id from doctors where id in (1, 2)))",
    "an array of two keys",
  ),
  safe(
    "update doctors d set room = v.room from unnest(array[1, 2], array[5, 6]) as v(id, room) where d.id = v.id",
    "by keys",
  ),
  unsafe(
    "unbounded-change",
    "update doctors set room = 1 where id = (select d.id from doctors d where d.id = doctors.id)",
    "another key for each row",
  ),
  unsafe("unbounded-change", "delete from doctors where id = (select room)", "another key for each row"),
  safe("update doctors set room = 1 where id = (select max(id) from doctors)", "one key"),
];

const loops: readonly CorpusEntry[] = [
  unsafe(
    "unbounded-change",
    `do $$ begin while exists (select 1 from doctors) loop ${firstDoctor}; end loop; end $$`,
    "row by row",
  ),
  unsafe(
    "unbounded-change",
    `do $$ begin loop ${firstDoctor}; exit when not found; end loop; end $$`,
    "row by row",
  ),
  unsafe(
    "unbounded-change",
    `do $$ declare v record; begin for v in select * from visits loop ${firstDoctor}; end loop; end $$`,
    "a row for each visit",
  ),
  unsafe("unbounded-change", `${oneDoctor}select leave(id) from visits`, "a row for each visit"),
  unsafe(
    "unbounded-change",
    `${oneDoctor}select leave(n) from generate_series(1, 1000000) n`,
    "a million calls",
  ),
  safe(`${oneDoctor}select leave(v.id) from (values (701), (702)) v(id)`, "two calls"),
  safe(
    "do $$ begin for i in 1..3 loop update doctors set room = i where id = 1; end loop; end $$",
    "one row",
  ),
  safe(
    "do $$ declare r record; begin for r in select * from pg_class loop update doctors set room = 1 where id = 1; end loop; end $$",
    "a few rounds",
  ),
  unsafe("endless-work", endless("select pg_sleep(30)"), "while clients wait", patients),
  unsafe(
    "endless-work",
    "update doctors set room = 1 where id = 1;\ndo $$ begin perform pg_catalog.pg_sleep_for('5 minutes'); end $$",
    "while clients wait for the row",
  ),
  unsafe(
    "endless-work",
    endless("do $$ begin for i in 1..1000000000 loop null; end loop; end $$"),
    "while clients wait",
    patients,
  ),
  unsafe(
    "endless-work",
    endless("do $$ begin while (select count(*) from doctors where id = 1) > 0 loop null; end loop; end $$"),
    "as long as there is a row",
    patients,
  ),
  unsafe(
    "endless-work",
    endless("create table t as select n from generate_series(1, 10000) n, generate_series(1, 10000) m"),
    "a hundred million rows",
    patients,
  ),
  unsafe(
    "endless-work",
    endless(
      "create table t as with recursive r(n) as (values (1) union all select n + 1 from r where n < 1000000000) select n from r",
    ),
    "a billion rows",
    patients,
  ),
  safe("create table t as select n from generate_series(1, 200000) n", "no client waits"),
  safe(
    endless(
      "create table t as select d::date as day from generate_series('2024-01-01'::date, '2034-12-31', '1 day') d",
    ),
    "a row for each day",
    patients,
  ),
  safe(
    endless("do $$ declare i int := 0; begin while i < 10 loop i := i + 1; end loop; end $$"),
    "ten rounds",
    patients,
  ),
  safe(
    "insert into doctors (id, name) with recursive r(n) as (values (701) union all select n + 1 from r where n < 710) select n, 'a' from r",
    "ten new rows",
  ),
];

export const hiddenWork: readonly CorpusEntry[] = [...domains, ...calls, ...lists, ...loops];
