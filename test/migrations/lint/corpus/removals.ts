import { type CorpusEntry, safe, unsafe } from "./entry";

const p = { locks: "patients" };
const contract = { ...p, phase: "contract" } as const;

export const removals: readonly CorpusEntry[] = [
  unsafe("drop-column", "alter table patients drop column note", "old versions use it", p),
  safe("alter table patients drop column note", "no old version serves", {
    ...contract,
    squawk: "it knows no phases",
  }),
  safe("alter table patients add column t int;\nalter table patients drop column t", "of this script", {
    ...p,
    squawk: "it does not follow the column",
  }),
  unsafe(
    "drop-column drop-cascade",
    "alter table patients drop column note cascade",
    "and what depends on it",
    p,
  ),
  unsafe("drop-table", "drop table visits", "old versions use it", {
    locks: "visits, patients, doctors",
  }),
  safe(
    "drop view open_visits;\ndrop materialized view visit_counts;\ndrop table visits",
    "no old version serves",
    {
      phase: "contract",
      locks: "visits, patients, doctors",
      squawk: "it knows no phases",
    },
  ),
  unsafe("undeclared-lock", "drop table visits", "its foreign keys lock the tables that they point at", {
    phase: "contract",
    locks: "visits",
  }),
  safe(
    "drop table measurements_2025;\ndrop table measurements_2026",
    "unused tables: no client waits for both",
    {
      phase: "contract",
      locks: "measurements_2025, measurements_2026",
      squawk: "it knows no phases",
    },
  ),
  unsafe("drop-table", "drop view open_visits", "old versions use it"),
  unsafe("drop-table", "drop materialized view visit_counts", "old versions use it"),
  unsafe("drop-table", "drop sequence ticket_numbers", "old versions use it"),
  unsafe("drop-table", "drop schema reports", "old versions use it"),
  safe("create table work (id int);\ndrop table work", "of this script", {
    squawk: "it does not follow the table",
  }),
  unsafe("drop-object", "drop function steady_code(text)", "old versions use it"),
  unsafe("drop-object", "drop trigger doctors_name on doctors", "old versions count on it", {
    locks: "doctors",
  }),
  unsafe("drop-object", "drop type address", "old versions use it"),
  unsafe("drop-object", "drop extension pgcrypto", "old versions use it"),
  safe("drop trigger doctors_name on doctors;\ndrop function trim_name()", "no old version serves", {
    phase: "contract",
    locks: "doctors",
  }),
  unsafe("drop-cascade", "drop type address cascade", "columns go with it", { phase: "contract" }),
  unsafe("drop-cascade", "drop table doctors cascade", "foreign keys go with it", {
    phase: "contract",
    locks: "doctors",
  }),
  unsafe(
    "drop-constraint",
    "alter table patients drop constraint patients_phone_key",
    "ON CONFLICT rests on it",
    p,
  ),
  unsafe(
    "drop-constraint",
    "alter table patients drop constraint patients_pkey",
    "ON CONFLICT rests on it",
    p,
  ),
  unsafe(
    "drop-constraint",
    "alter table visits drop constraint visits_patient_id_fkey",
    "rows go by its cascade",
    {
      locks: "visits, patients",
    },
  ),
  unsafe("drop-constraint", "alter table imported drop constraint who_knows", "of unknown kind", {
    locks: "imported",
  }),
  safe("alter table patients drop constraint patients_age", "a check is loosened for the new version", p),
  safe("alter table visits drop constraint visits_doctor", "a foreign key without cascade", {
    locks: "visits, doctors",
  }),
  unsafe(
    "undeclared-lock",
    "alter table visits drop constraint visits_doctor",
    "locks the other table as well",
    {
      locks: "visits",
    },
  ),
  unsafe(
    "rename-column",
    "alter table patients rename column name to full_name",
    "no version knows both names",
    p,
  ),
  unsafe(
    "rename-column",
    "alter table patients rename column name to full_name",
    "in a contract as well",
    contract,
  ),
  safe(
    "alter table patients add column t int;\nalter table patients rename column t to u",
    "of this script",
    {
      ...p,
      squawk: "it does not follow the column",
    },
  ),
  unsafe("rename-table", "alter table patients rename to people", "no version knows both names", p),
  unsafe("rename-table", "alter view open_visits rename to visits_open", "no version knows both names"),
  unsafe("rename-table", "alter schema reports rename to statistics", "no version knows both names"),
  unsafe("rename-table", "alter table patients set schema clinic", "no version knows both names", p),
  safe("create table work (id int);\nalter table work rename to works", "of this script", {
    squawk: "it does not follow the table",
  }),
  unsafe(
    "rename-enum-value",
    "alter type severity rename value 'urgent' to 'emergency'",
    "no version knows both words",
  ),
  unsafe("rename-object", "alter type severity rename to urgency", "no version knows both names"),
  unsafe(
    "rename-object",
    "alter function steady_code(text) rename to code_of",
    "no version knows both names",
  ),
  unsafe(
    "rename-object",
    "alter table patients rename constraint patients_age to age_valid",
    "ON CONFLICT ON CONSTRAINT",
    p,
  ),
  unsafe("rename-object", "alter type address rename attribute city to town", "no version knows both names"),
  unsafe(
    "rename-object",
    "alter function steady_code(text) set schema clinic",
    "no version knows both names",
  ),
];
