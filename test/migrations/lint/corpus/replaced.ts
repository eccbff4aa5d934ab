/** Objects that a script drops and creates again, IF EXISTS of missing objects, and sources with few rows. */

import { type CorpusEntry, safe, unsafe } from "./entry";

const NO_SCHEMA = "it does not know the schema";
const doctorKey = (action: string) =>
  `alter table visits drop constraint visits_patient_id_fkey;\n` +
  `alter table visits add constraint visits_patient_id_fkey foreign key (patient_id) references patients ${action} not valid`;
const both = { locks: "visits, patients" };
const trigger = (definition: string) =>
  `drop trigger doctors_name on doctors;\ncreate trigger doctors_name ${definition} for each row execute function trim_name()`;

export const replaced: readonly CorpusEntry[] = [
  safe(doctorKey("on delete cascade on update cascade"), "the same foreign key with more actions", both),
  unsafe("drop-constraint", doctorKey(""), "deletes of the running version fail", both),
  safe(
    "alter table patients drop constraint patients_age;\n" +
      "alter table patients add constraint patients_age check (age >= -1) not valid",
    "a wider range",
    { locks: "patients" },
  ),
  unsafe(
    "tightens-running-writes",
    "alter table patients drop constraint patients_age;\n" +
      "alter table patients add constraint patients_age check (age >= 1) not valid",
    "a narrower range",
    { locks: "patients" },
  ),
  safe(
    "alter table patients drop constraint c;\nalter table patients add constraint c check (note in ('a', 'b', 'c')) not valid",
    "one more value",
    {
      locks: "patients",
      before: [
        "-- locks: patients\nalter table patients add constraint c check (note in ('a', 'b')) not valid",
      ],
    },
  ),
  unsafe(
    "replace-in-use",
    "drop view open_visits;\ncreate view open_visits as select id, patient_id, day from visits",
    "one more column",
  ),
  safe(
    "drop view open_visits;\ncreate view open_visits as select id, patient_id from visits",
    "the same view",
  ),
  unsafe(
    "drop-table",
    "drop view open_visits;\ncreate view open_visits as select id from visits",
    "a column is missing",
  ),
  unsafe(
    "replace-in-use",
    "drop materialized view visit_counts;\n" +
      "create materialized view visit_counts as select patient_id, count(*) as visits, max(day) as last from visits group by patient_id",
    "one more column",
  ),
  safe(trigger("before insert or update on doctors"), "the same trigger", { locks: "doctors" }),
  unsafe("drop-object", trigger("before insert on doctors"), "updates are no longer trimmed", {
    locks: "doctors",
  }),
  unsafe(
    "replace-in-use",
    "drop function steady_code(text);\n" +
      "create function steady_code(text) returns text language sql immutable as $$ select lower($1) $$",
    "the same signature",
  ),
  unsafe(
    "drop-object",
    "drop function steady_code(text);\n" +
      "create function steady_code(text, int) returns text language sql immutable as $$ select lower($1) $$",
    "another signature",
  ),
  safe("drop function if exists never_there(int)", "there is nothing to drop"),
  safe("drop table if exists never_there", "there is nothing to drop", { squawk: NO_SCHEMA }),
  safe("drop view if exists never_there", "there is nothing to drop"),
  safe("drop type if exists never_there", "there is nothing to drop"),
  safe("drop trigger if exists never_there on doctors", "there is nothing to drop"),
  safe("drop index if exists never_there", "there is nothing to drop", { squawk: NO_SCHEMA }),
  safe("alter table if exists never_there add column x int", "there is nothing to change"),
  safe("alter table doctors drop constraint if exists never_there", "there is nothing to drop", {
    locks: "doctors",
  }),
  safe("alter table doctors drop column if exists never_there", "there is nothing to drop", {
    locks: "doctors",
    squawk: NO_SCHEMA,
  }),
  safe("update doctors set room = 1 where id = any (array[1, 2])", "by keys"),
  safe("update doctors set room = 1 where id = any ('{1,2}'::bigint[])", "by keys"),
  safe(
    "update doctors d set room = v.room from (values (1, 5), (2, 6)) as v(id, room) where d.id = v.id",
    "by keys",
  ),
  unsafe(
    "unbounded-change",
    "update doctors d set room = v.room from (values (1, 5)) as v(id, room) where d.room = v.id",
    "not by a key",
  ),
  unsafe(
    "unbounded-change",
    "update doctors d set room = 1 from visits v where v.doctor_id = d.id",
    "by many rows",
  ),
  safe("delete from visits where id in (values (1), (2))", "by keys"),
  safe("update doctors set room = 1 where id = (select doctor_id from visits where id = 3)", "by one key"),
  safe(
    "insert into doctors (id, name) select * from (values (1, 'a')) as s(id, name) where not exists (select from doctors d where d.id = s.id)",
    "a row that is listed",
  ),
  safe("insert into doctors (id, name) select 1, 'a' where not exists (select from doctors)", "one row"),
  safe(
    "insert into doctors (id, name) select id, name from doctors d where d.id = 4 on conflict do nothing",
    "one row",
  ),
  unsafe(
    "unbounded-change",
    "insert into doctors (id, name) select id, 'x' from visits",
    "a row for each visit",
  ),
  safe(
    "merge into doctors d using (values (1, 'a')) as s(id, name) on d.id = s.id when matched then update set name = s.name",
    "by keys",
  ),
  safe("update doctors set room = 1 where id = 1 or id = 2", "by keys"),
  unsafe("unbounded-change", "update doctors set room = 1 where id = 1 or room = 2", "not only by keys"),
  safe(
    "drop policy p on patients;\ncreate policy p on patients as restrictive using (age > 18)",
    "the same policy",
    {
      locks: "patients",
      before: ["-- locks: patients\ncreate policy p on patients as restrictive using (age > 18)"],
    },
  ),
  unsafe(
    "drop-object row-level-security",
    "drop policy p on patients;\ncreate policy p on patients as restrictive using (age > 21)",
    "another policy",
    {
      locks: "patients",
      before: ["-- locks: patients\ncreate policy p on patients as restrictive using (age > 18)"],
    },
  ),
  safe(
    "drop rule r on patients;\ncreate rule r as on delete to patients do instead nothing",
    "the same rule",
    {
      locks: "patients",
      before: ["-- locks: patients\ncreate rule r as on delete to patients do instead nothing"],
    },
  ),
  safe(
    "create or replace function steady_code(text) returns text language sql immutable as $$ select upper($1) $$",
    "the same function",
  ),
  safe(
    "create or replace trigger doctors_name before insert or update on doctors for each row execute function trim_name()",
    "the same trigger",
    { locks: "doctors in share row exclusive" },
  ),
  unsafe(
    "drop-constraint",
    "alter table visits alter constraint visits_patient_id_fkey not enforced",
    "rows no longer cascade",
    both,
  ),
  unsafe(
    "replace-in-use",
    "alter table visits alter constraint visits_doctor deferrable initially deferred",
    "errors come at COMMIT",
    { locks: "visits" },
  ),
  safe("alter table visits alter constraint visits_doctor deferrable", "checked as before", {
    locks: "visits",
  }),
  unsafe(
    "replace-in-use",
    "create or replace view open_visits with (security_invoker = true) as select id, patient_id from visits",
    "an option",
  ),
  unsafe(
    "replace-in-use",
    "create or replace view open_visits with (security_barrier) as select id, patient_id from visits",
    "an option",
  ),
  safe(
    "create or replace view open_visits with (security_barrier = off) as select id, patient_id from visits",
    "off already",
  ),
  unsafe(
    "replace-in-use tightens-running-writes",
    "create or replace view open_visits as select id, patient_id from visits with check option",
    "rejects writes",
  ),
  unsafe(
    "drop-object",
    "create or replace trigger doctors_name before insert on doctors for each row execute function trim_name()",
    "no longer for updates",
    { locks: "doctors in share row exclusive" },
  ),
  unsafe(
    "drop-object",
    "create or replace trigger doctors_name before insert or update on doctors for each row when (new.room > 1) execute function trim_name()",
    "a condition",
    { locks: "doctors in share row exclusive" },
  ),
  unsafe(
    "drop-object",
    "create or replace trigger doctors_name before insert or update of room on doctors for each row execute function trim_name()",
    "one column",
    { locks: "doctors in share row exclusive" },
  ),
  safe("alter function steady_code(text) cost 10", "no result changes"),
  safe("alter function steady_code(text) immutable security invoker called on null input", "as it is"),
  unsafe(
    "function-search-path",
    "create function f() returns bigint language plpgsql set search_path = '' as $$ begin return (select count(*) from visits); end $$",
    "not found",
  ),
  unsafe(
    "function-search-path",
    "create function f() returns void language plpgsql set search_path = pg_catalog as $$ begin insert into doctors (id) values (1); end $$",
    "not found",
  ),
  safe(
    "create function f() returns bigint language plpgsql set search_path = '' as $$ begin return (select count(*) from public.visits); end $$",
    "qualified",
  ),
  safe(
    "create function f() returns bigint language plpgsql set search_path = public, pg_temp as $$ begin return (select count(*) from visits); end $$",
    "in the path",
  ),
];
