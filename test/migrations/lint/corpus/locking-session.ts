import { type CorpusEntry, safe, unsafe } from "./entry";

const block = (body: string) => `do $$\nbegin\n  ${body}\nend\n$$`;

const codes = [
  "create table codes (code varchar(10) primary key)",
  "create table uses (code varchar(10) references codes)",
];
const parts = [
  "create table parts (id int primary key) partition by list (id)",
  "create table orders (part int references parts)",
];

export const lockingAndSession: readonly CorpusEntry[] = [
  unsafe("undeclared-lock", "alter table patients add column city text", "the header does not say it"),
  unsafe("undeclared-lock", "alter table patients add column city text", "a weaker lock is declared", {
    locks: "patients in share row exclusive",
  }),
  safe("alter table public.patients add column city text", "the same table under its full name", {
    locks: "patients",
  }),
  safe('alter table "Old" add column city text', "a name in quotes", { locks: '"Old"' }),
  unsafe("undeclared-lock", 'alter table "Old" add column city text', "another table than old", {
    locks: "old",
  }),
  unsafe(
    "undeclared-lock",
    "create trigger t before insert on patients for each row execute function trim_name()",
    "a weaker lock that blocks writes",
  ),
  safe(
    "alter table patients add column a int;\nalter table patients add column b int;\ncomment on column patients.a is 'b'",
    "one lock for all",
    { locks: "patients" },
  ),
  unsafe(
    "several-locks",
    "alter table patients add column city text;\nalter table doctors add column city text",
    "clients of the first wait for the second",
    { locks: "patients, doctors" },
  ),
  safe(
    "alter table patients add column city text;\ncreate table cities (name text);\nalter table cities add column zip text",
    "the second is new",
    { locks: "patients" },
  ),
  unsafe("lock-table", "lock table patients in share mode", "the header does that, without waiting"),
  unsafe("lock-table", "lock table patients", "the header does that, without waiting"),
  unsafe("runner-settings", "set lock_timeout = '10s'", "the runner sets it"),
  unsafe("runner-settings", "set local statement_timeout = 0", "the runner sets it"),
  unsafe("runner-settings", "reset all", "the runner sets them"),
  unsafe("runner-settings", "set role postgres", "runs as another role"),
  unsafe("runner-settings", "select set_config('lock_timeout', '0', true)", "the runner sets it"),
  safe("set local search_path = public", "harmless"),
  safe("set local work_mem = '64MB'", "harmless"),
  unsafe("server-wide", "alter system set work_mem = '64MB'", "for the whole server"),
  unsafe("server-wide", "create database other", "beyond the schema"),
  unsafe("server-wide", "drop database other", "beyond the schema"),
  unsafe("server-wide", "alter database other set work_mem = '64MB'", "for all sessions"),
  unsafe("server-wide", "create subscription s connection 'host=a' publication p", "beyond the schema"),
  unsafe("privileges", "revoke update on patients from app", "takes rights while it serves"),
  unsafe("privileges", "grant create on schema public to app", "to change the schema"),
  unsafe("privileges", "grant all on schema public to app", "to change the schema"),
  unsafe("privileges", "grant postgres to app", "to do anything"),
  unsafe("privileges", "alter role app nologin", "no client can connect"),
  unsafe("privileges", "drop owned by app", "takes all rights"),
  unsafe(
    "privileges",
    "alter default privileges in schema public revoke select on tables from app",
    "for tables to come",
  ),
  unsafe("privileges", "alter table patients owner to app", "the owner changes the schema", {
    locks: "patients",
  }),
  safe("grant select on patients to reporting", "gives a right to read"),
  safe("create extension if not exists pgcrypto", "adds functions"),

  unsafe("create-index", block("create index i on patients (name);"), "a block hides nothing", {
    locks: "patients in share",
  }),
  unsafe(
    "create-index",
    block("execute 'create index i on patients (name)';"),
    "nor does EXECUTE of a literal",
    {
      locks: "patients in share",
    },
  ),
  unsafe(
    "unreadable-code",
    block("execute format('alter table %I add x int', current_user);"),
    "put together at run time",
  ),
  unsafe(
    "unreadable-code",
    "do $$\ndeclare t record;\nbegin\n  for t in select 1 loop execute 'drop table ' || t; end loop;\nend\n$$",
    "put together at run time",
  ),
  unsafe("unbounded-change", block("if true then update patients set note = ''; end if;"), "in a branch"),
  unsafe("unbounded-change", block("while true loop delete from visits; end loop;"), "in a loop"),
  unsafe(
    "unbounded-change not-in-transaction",
    block("update patients set note = '';\n  commit;"),
    "and a commit",
  ),
  unsafe(
    "not-in-transaction",
    block("execute 'create index concurrently i on patients (name)';"),
    "CONCURRENTLY in a block",
  ),
  safe(block("raise notice 'nothing';"), "does nothing"),
  safe(
    block("if to_regclass('patients') is null then raise notice 'none'; end if;"),
    "functions of PostgreSQL that only read",
  ),
  unsafe("undeclared-lock", block("alter table patients add column city text;"), "its locks count"),
  unsafe("unreadable-code", "do language plpython3u $$ pass $$", "another language"),
  unsafe("unreadable-code", "select create_everything()", "its effect is unknown"),
  unsafe("unreadable-code", "call create_everything()", "its effect is unknown"),
  unsafe("create-index", "call index_everything()", "an earlier script says what it does", {
    locks: "patients in share",
  }),
  unsafe(
    "unbounded-change",
    "create function clear_notes() returns void language sql as $$ update patients set note = '' $$;\nselect clear_notes()",
    "this script says what it does",
  ),
  safe(
    "create function clear_notes() returns void language sql as $$ update patients set note = '' $$",
    "not called yet",
  ),
  unsafe("scan-under-lock", "alter table doctors add column pager text;\nanalyze doctors", "reads a sample", {
    locks: "doctors",
  }),
  unsafe(
    "scan-under-lock",
    "alter table doctors add column pager text;\nanalyze",
    "reads samples of all tables",
    {
      locks: "doctors",
    },
  ),
  safe("analyze doctors", "no client waits"),
  unsafe(
    "undeclared-lock",
    "alter table uses alter column code type varchar(20)",
    "the referenced table too",
    {
      locks: "uses",
      before: codes,
    },
  ),
  safe("alter table uses alter column code type varchar(20)", "both tables", {
    locks: "uses, codes",
    before: codes,
    squawk: "it does not know the old type",
  }),
  unsafe(
    "undeclared-lock",
    "create table parts_2 partition of parts for values in (2)",
    "tables that reference it",
    {
      locks: "parts",
      before: parts,
    },
  ),
  safe("create table parts_2 partition of parts for values in (2)", "with tables that reference it", {
    locks: "parts, orders in share row exclusive",
    before: parts,
  }),
  safe(
    "create table if not exists notes (id int);\nalter table notes add column text text",
    "check has no such table to lock",
  ),
  safe(
    "create schema shop create table goods (id int primary key) create view cheap as select id from goods;\n" +
      "alter table shop.goods add column price int",
    "a new table in a new schema",
  ),
  unsafe(
    "runner-settings",
    "update pg_settings set setting = '0' where name = 'lock_timeout'",
    "as SET does",
  ),
  safe(
    "update pg_settings set setting = '64MB' where name = 'maintenance_work_mem'",
    "not a setting of the runner",
  ),
  unsafe(
    "system-catalog",
    "delete from pg_trigger where tgname = 'doctors_name'",
    "sessions keep the trigger in their caches",
  ),
  unsafe(
    "system-catalog",
    "do $$ begin update pg_catalog.pg_index set indisvalid = false where indexrelid = 1; end $$",
    "in code",
  ),
  safe("select count(*) from pg_class", "a query"),
];
