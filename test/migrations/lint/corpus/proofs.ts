/** Proofs that a later statement or code invalidates. */

import { type CorpusEntry, safe, unsafe } from "./entry";

const p = { locks: "patients" };
const notNull = "alter table patients alter column name set not null";
const block = (body: string) => `do $$ begin ${body} end $$`;
const wipe =
  "create function wipe() returns int language plpgsql as $$ begin update visits set summary = ''; return 1; end $$";

const notPresent = (column: string) => `alter table patients alter column ${column} set not null`;
const checkedDomain =
  "create function checks(text) returns bool language plpgsql as $$ begin delete from visits; return true; end $$;\n" +
  "create domain checked as text check (checks(value));\ncreate table log (x checked)";
const partitioned = (table: string) =>
  "create table log (x int) partition by list (x);\ncreate table log_1 partition of log for values in (1);\n" +
  "create function clear() returns trigger language plpgsql as $$ begin delete from visits; return new; end $$;\n" +
  `create trigger t after insert on ${table} for each row execute function clear()`;

export const proofs: readonly CorpusEntry[] = [
  safe(notNull, "it is NOT NULL since the base", { ...p, squawk: "it does not know the column" }),
  unsafe("set-not-null", notNull, "DROP NOT NULL ended the proof", {
    ...p,
    before: ["-- locks: patients\nalter table patients alter column name drop not null"],
  }),
  unsafe("set-not-null", notNull, "code may have dropped it", {
    ...p,
    before: [`-- locks: patients\n${block("alter table patients alter name drop not null;")}`],
  }),
  unsafe(
    "set-not-null",
    "alter table patients alter column born set not null",
    "the check is about another column",
    {
      ...p,
      before: [
        "-- locks: patients\nalter table patients rename column born to birthday",
        "-- locks: patients\nalter table patients add column born date default '2000-01-01'",
      ],
    },
  ),
  safe("alter table patients alter column birthday set not null", "the proof goes with the column", {
    ...p,
    before: ["-- locks: patients\nalter table patients rename column born to birthday"],
    squawk: "it does not know the check",
  }),
  unsafe("set-not-null", "alter table patients alter column born set not null", "the check is gone", {
    ...p,
    before: ["-- locks: patients\nalter table patients drop constraint patients_born"],
  }),
  unsafe("change-column-type", "alter table visits alter column summary type varchar", "an index names it", {
    locks: "visits",
    before: ["-- locks: visits in share\ncreate index visits_lower on visits (lower(summary))"],
  }),
  unsafe(
    "change-column-type",
    "alter table patients alter column code type varchar(40)",
    "a partial index names it",
    {
      ...p,
      before: ["-- locks: patients in share\ncreate index on patients (name) where code is not null"],
    },
  ),
  safe("alter table patients alter column code type varchar(40)", "a plain index keeps its order", {
    ...p,
    before: ["-- locks: patients in share\ncreate index on patients (code)"],
    squawk: "it does not know the old type",
  }),
  unsafe(
    "change-column-type",
    "set local timezone = 'UTC';\nalter table patients alter column seen_at type timestamptz(3)",
    "the index has other operators",
    { ...p, before: ["-- locks: patients in share\ncreate index on patients (seen_at)"] },
  ),
  safe('alter table doctors alter column name type text collate "C"', "no index has an order to change", {
    locks: "doctors",
    squawk: "it does not know the old type",
  }),
  unsafe(
    "change-column-type",
    'alter table doctors alter column email type text collate "C"',
    "its index has",
    {
      locks: "doctors",
    },
  ),
  unsafe(
    "add-column-volatile-default",
    "alter table doctors add column if not exists room float default random()",
    "code may have renamed it",
    {
      locks: "doctors",
      before: [`-- locks: doctors\n${block("alter table doctors rename room to place;")}`],
    },
  ),
  unsafe(
    "add-column-volatile-default",
    "alter table doctors add column if not exists room float default random()",
    "unreadable code may have dropped it",
    {
      locks: "doctors",
      before: [`-- locks: doctors\n${block("execute 'alter table doctors drop column ' || 'room';")}`],
    },
  ),
  unsafe(
    "create-index unbounded-change",
    "create table if not exists notes (id int);\ncreate index notes_id on notes (id);\nupdate notes set id = 1",
    "the table may be older",
  ),
  safe(
    "drop table if exists notes;\ncreate table if not exists notes (id int);\ncreate index notes_id on notes (id)",
    "it cannot be older",
    { squawk: "it does not know the schema" },
  ),
  unsafe(
    "unbounded-change",
    `${wipe};\ninsert into doctors (id, name) values (1, wipe())`,
    "called by INSERT",
  ),
  unsafe(
    "unbounded-change",
    `${wipe};\ncreate table copy as select wipe() as w`,
    "called by CREATE TABLE AS",
  ),
  unsafe("unbounded-change", `${wipe};\nexplain analyze values (wipe())`, "called by EXPLAIN ANALYZE"),
  unsafe(
    "unbounded-change",
    `${wipe};\ncreate table log (x int default wipe());\ninsert into log default values`,
    "called by a default",
  ),
  unsafe(
    "unbounded-change",
    "create function cascade_all() returns trigger language plpgsql as $$ begin update visits set day = day; return new; end $$;\n" +
      "create table log (x int);\ncreate trigger t after insert on log for each row execute function cascade_all();\n" +
      "insert into log values (1)",
    "called by a trigger",
  ),
  safe(
    "create function touch() returns trigger language plpgsql as $$ begin update doctors set room = 1 where id = new.x; return new; end $$;\n" +
      "create table log (x int);\ncreate trigger t after insert on log for each row execute function touch();\n" +
      "insert into log values (1)",
    "one row by its key",
  ),
  safe("explain delete from visits", "it does not run"),
  unsafe("unbounded-change", "explain (analyze) delete from visits", "it runs"),
  unsafe("unbounded-change", "select id from visits where day > '2024-01-01' for update", "locks the rows"),
  safe("select id from visits where id = 7 for update", "locks one row"),
  unsafe("unbounded-change", block("perform id from visits for share;"), "locks the rows, in a block"),
  unsafe(
    "scan-under-lock",
    "alter table doctors add column pager text;\ncreate materialized view rooms as select room from doctors group by room",
    "reads the table under the lock",
    { locks: "doctors" },
  ),
  unsafe(
    "scan-under-lock",
    "alter table doctors add column pager text;\nselect count(*) from doctors where room = 3",
    "no index finds the rows",
    { locks: "doctors" },
  ),
  safe(
    "alter table doctors add column pager text;\nselect name from doctors where id = 3",
    "one row by its key",
    {
      locks: "doctors",
    },
  ),
  unsafe("unbounded-change", `${checkedDomain};\ninsert into log values ('a')`, "called by a domain's check"),
  unsafe("unbounded-change", `${checkedDomain};\nselect 'a'::checked`, "called by a cast to a domain"),
  unsafe(
    "unbounded-change",
    `${wipe};\ncreate type pair as (x int);\n` +
      "create function pair(int) returns pair language sql as $$ select row(wipe())::pair $$;\n" +
      "create cast (int as pair) with function pair(int);\nselect 1::pair",
    "called by a cast",
  ),
  unsafe(
    "unbounded-change",
    "create table log (x int);\ncreate rule r as on insert to log do also update visits set summary = '';\n" +
      "insert into log values (1)",
    "a rewrite rule",
  ),
  safe(
    "create table log (x int);\ncreate rule r as on delete to log do also update visits set summary = '';\n" +
      "insert into log values (1)",
    "a rewrite rule for another statement",
  ),
  unsafe(
    "unbounded-change",
    `${partitioned("log")};\ninsert into log_1 values (1)`,
    "called by the trigger of the parent",
  ),
  unsafe(
    "unbounded-change",
    `${partitioned("log_1")};\ninsert into log values (1)`,
    "called by the trigger of a partition",
  ),
  safe(notPresent("code"), "NOT (… IS NULL) is a proof", {
    ...p,
    before: ["-- locks: patients\nalter table patients add constraint c check (not (code is null))"],
    squawk: "it does not know the check",
  }),
  safe(notPresent("code"), "a row that is not null is a proof for its columns", {
    ...p,
    before: ["-- locks: patients\nalter table patients add constraint c check ((code, age) is not null)"],
    squawk: "it does not know the check",
  }),
  unsafe("set-not-null", notPresent("code"), "not (row is null) is true if one column is set", {
    ...p,
    before: ["-- locks: patients\nalter table patients add constraint c check (not ((code, age) is null))"],
  }),
  unsafe(
    "set-not-null",
    "alter table doctors add column wing bigint generated always as (id / 100) virtual not null",
    "the value of each row is computed",
    { locks: "doctors" },
  ),
  unsafe(
    "change-column-type",
    "alter table rooms alter column code type varchar(10)",
    "the domain has the length",
    {
      locks: "rooms",
      before: [
        "create domain short as varchar(10);\ncreate table rooms (code short);\ninsert into rooms values ('a'), ('b')",
      ],
    },
  ),
  safe("alter table rooms alter column code type text", "text has no length", {
    locks: "rooms",
    before: ["create domain short as varchar(10);\ncreate table rooms (code short)"],
    squawk: "it does not know the old type",
  }),
];
