import { type CorpusEntry, safe, unsafe } from "./entry";

const p = { locks: "patients" };
const contract = { ...p, phase: "contract" } as const;
const scored = ["-- locks: patients\nalter table patients add column score int"];

export const constraints: readonly CorpusEntry[] = [
  unsafe("add-check", "alter table patients add constraint s check (score > 0)", "reads every row", {
    ...p,
    before: scored,
  }),
  unsafe(
    "add-check",
    "alter table patients add column score int check (score > 0)",
    "reads every row, though all null",
    p,
  ),
  safe(
    "alter table patients add constraint s check (score > 0) not valid",
    "null passes, old versions write null",
    {
      ...p,
      before: scored,
    },
  ),
  safe(
    "alter table patients add constraint s check (name <> '') not valid",
    "no old version serves",
    contract,
  ),
  safe(
    "alter table patients add constraint s check (name <> '') not enforced",
    "it says, and does not check",
    { ...contract, squawk: "it does not know NOT ENFORCED" },
  ),
  unsafe(
    "tightens-running-writes",
    "alter table patients add constraint s check (name <> '') not valid",
    "old versions may write it",
    p,
  ),
  unsafe(
    "tightens-running-writes",
    "alter table patients add constraint s check (score is not null) not valid",
    "old versions leave the new column null",
    { ...p, before: scored },
  ),
  unsafe(
    "tightens-running-writes",
    "alter table patients add constraint s check (score > 0 and name <> '') not valid",
    "half of it is about what old versions write",
    { ...p, before: scored },
  ),
  safe(
    "alter table patients add column level int not null default 1;\n" +
      "alter table patients add constraint s check (level between 1 and 3) not valid",
    "old versions' rows get the default",
    p,
  ),
  safe(
    "alter table patients add column level text;\n" +
      "alter table patients add constraint s check (level is not null) not valid;\n" +
      "create function fill_level() returns trigger language plpgsql as $$ begin new.level := 'a'; return new; end $$;\n" +
      "create trigger fill before insert or update on patients for each row execute function fill_level()",
    "the trigger fills it in for versions that do not know it",
    p,
  ),
  unsafe(
    "tightens-running-writes",
    "alter table patients add column level text;\n" +
      "alter table patients add constraint s check (level is not null) not valid;\n" +
      "create function fill_level() returns trigger language plpgsql as $$ begin new.level := 'a'; return new; end $$;\n" +
      "create trigger fill before insert on patients for each row execute function fill_level()",
    "an update of an old row is checked too, and the trigger does not see it",
    p,
  ),
  safe("create table t (a int check (a > 0));\nalter table t add constraint b check (a < 9)", "a new table"),
  unsafe(
    "add-foreign-key",
    "alter table patients add constraint f foreign key (doctor_id) references doctors",
    "scans both tables under a lock that blocks writes",
    { phase: "contract", locks: "patients in share row exclusive, doctors in share row exclusive" },
  ),
  safe(
    "alter table patients add constraint f foreign key (doctor_id) references doctors not valid",
    "nothing is read, no old version serves",
    { phase: "contract", locks: "patients in share row exclusive, doctors in share row exclusive" },
  ),
  unsafe(
    "tightens-running-writes",
    "alter table patients add constraint f foreign key (doctor_id) references doctors not valid",
    "old versions may write an id that is not there",
    { locks: "patients in share row exclusive, doctors in share row exclusive" },
  ),
  safe(
    "alter table visits add column room_id bigint;\n" +
      "alter table visits add constraint f foreign key (room_id) references doctors not valid",
    "old versions leave the new column null",
    { locks: "visits, doctors in share row exclusive" },
  ),
  safe(
    "alter table visits add column helper_id bigint references doctors",
    "all null: nothing is looked up",
    {
      locks: "visits, doctors in share row exclusive",
      squawk: "PostgreSQL skips the check of a column that is added without a default (seen on a server)",
    },
  ),
  unsafe(
    "add-foreign-key",
    "alter table visits add column helper_id bigint default 1 references doctors",
    "looked up",
    {
      locks: "visits, doctors in share row exclusive",
    },
  ),
  unsafe(
    "add-foreign-key tightens-running-writes",
    "alter table visits alter constraint visits_doctor enforced",
    "looks up every row",
    {
      locks: "visits, doctors",
      before: ["-- locks: visits, doctors\nalter table visits alter constraint visits_doctor not enforced"],
    },
  ),
  unsafe(
    "undeclared-lock",
    "alter table visits add column helper_id bigint references doctors",
    "locks both tables",
    {
      locks: "visits",
    },
  ),
  safe(
    "create table stays (id bigint primary key, visit_id bigint references visits)",
    "a new table has no rows",
    {
      locks: "visits in share row exclusive",
    },
  ),
  unsafe(
    "undeclared-lock",
    "create table stays (id bigint primary key, visit_id bigint references visits)",
    "locks visits",
  ),
  unsafe("add-unique", "alter table patients add constraint u unique (code)", "builds the index", contract),
  unsafe("add-unique", "alter table patients add column mrn text unique", "builds the index of nulls", p),
  unsafe(
    "add-unique tightens-running-writes",
    "alter table patients add unique (name, born)",
    "and rejects writes",
    p,
  ),
  safe("alter table patients add constraint u unique using index u", "the index is there", {
    ...contract,
    before: ["-- transaction: none\ncreate unique index concurrently u on patients (code)"],
  }),
  unsafe(
    "add-primary-key",
    "alter table measurements_2025 add primary key (id)",
    "builds the index, looks for nulls",
    {
      phase: "contract",
      locks: "measurements_2025",
    },
  ),
  unsafe(
    "add-primary-key",
    "alter table measurements_2025 add primary key using index k",
    "id may hold nulls",
    {
      phase: "contract",
      locks: "measurements_2025",
      before: ["-- transaction: none\ncreate unique index concurrently k on measurements_2025 (id)"],
    },
  ),
  safe("alter table measurements_2025 add primary key using index k", "taken is NOT NULL", {
    phase: "contract",
    locks: "measurements_2025",
    before: ["-- transaction: none\ncreate unique index concurrently k on measurements_2025 (taken)"],
  }),
  unsafe("add-exclusion", "alter table visits add constraint x exclude (day with =)", "builds the index", {
    phase: "contract",
    locks: "visits",
  }),
  safe("alter table patients validate constraint c", "in a separate script no client waits", {
    before: [
      "-- locks: patients\nalter table patients add column x int;\nalter table patients add constraint c check (x > 0) not valid",
    ],
  }),
  safe("alter table patients validate constraint c", "the declared lock blocks no client", {
    locks: "patients in share update exclusive",
    before: [
      "-- locks: patients\nalter table patients add column x int;\nalter table patients add constraint c check (x > 0) not valid",
    ],
  }),
  unsafe(
    "validate-under-lock",
    "alter table patients add column x int;\nalter table patients add constraint c check (x > 0) not valid;\n" +
      "alter table patients validate constraint c",
    "the lock of the first statement is kept",
    p,
  ),
  unsafe(
    "validate-under-lock",
    "alter table patients validate constraint patients_age",
    "the header locks the table",
    p,
  ),
  unsafe(
    "validate-under-lock",
    "alter table patients validate constraint patients_born;\nalter table patients alter column born set not null",
    "the runner takes the lock first",
    p,
  ),
  unsafe(
    "domain-constraint",
    "alter domain short_text add constraint d check (value <> '')",
    "reads all tables that use it",
  ),
  unsafe(
    "domain-constraint",
    "alter domain short_text add constraint d check (value <> '') not valid",
    "validating it will block writers",
  ),
  unsafe("domain-constraint", "alter domain short_text set not null", "reads all tables that use it"),
  unsafe(
    "domain-constraint",
    "alter domain short_text validate constraint d",
    "with a lock that blocks writes",
  ),
  safe("alter domain short_text drop constraint short_text_check", "nothing is read"),
  safe("create domain percent as int check (value between 0 and 100)", "not used yet", {
    squawk: "it warns of a later use; the lint reports the use itself",
  }),
];
