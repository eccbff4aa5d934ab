import { type CorpusEntry, safe, unsafe } from "./entry";

const alone = { alone: true };

export const indexesAndTables: readonly CorpusEntry[] = [
  safe("create index concurrently patients_by_name on patients (name)", "others write meanwhile", alone),
  safe(
    "create index concurrently if not exists patients_by_name on patients (name)",
    "the runner asserts that it is valid",
    alone,
  ),
  unsafe("create-index", "create index patients_by_name on patients (name)", "writes wait", {
    locks: "patients in share",
  }),
  unsafe("create-index undeclared-lock", "create index on patients (name)", "and it is not declared"),
  unsafe(
    "create-index",
    "create index visit_counts_by_patient on visit_counts (patient_id)",
    "of a materialized view",
  ),
  safe(
    "create table notes (id bigint primary key, day date);\ncreate index notes_by_day on notes (day)",
    "a new table",
  ),
  safe(
    "create materialized view m as select id from visits;\ncreate unique index m_id on m (id)",
    "new, too",
    {
      squawk: "it does not follow materialized views",
    },
  ),
  unsafe("create-index", "create index i on measurements (value)", "all partitions, one after the other", {
    locks: "measurements in share",
  }),
  unsafe("create-index", "create index concurrently i on measurements (value)", "PostgreSQL rejects it", {
    alone: true,
  }),
  safe("create index i on only measurements (value)", "the partitions get theirs one by one", {
    locks: "measurements in share",
    squawk: "it does not know ON ONLY",
  }),
  unsafe(
    "create-index",
    "create table if not exists patients (id bigint);\ncreate index i on patients (name)",
    "it exists",
    {
      locks: "patients in share",
    },
  ),
  unsafe(
    "tightens-running-writes",
    "create unique index concurrently u on patients (name)",
    "rejects writes of old versions",
    alone,
  ),
  safe("create unique index concurrently u on patients (name)", "no old version serves", {
    ...alone,
    phase: "contract",
  }),
  safe("create unique index concurrently u on patients (mrn)", "old versions leave it null", {
    ...alone,
    before: ["-- locks: patients\nalter table patients add column mrn text"],
  }),
  unsafe(
    "tightens-running-writes",
    "create unique index concurrently u on patients (mrn) nulls not distinct",
    "the second null of old versions is rejected",
    { ...alone, before: ["-- locks: patients\nalter table patients add column mrn text"] },
  ),
  safe("drop index concurrently if exists visits_by_day", "others work meanwhile", {
    ...alone,
    phase: "contract",
  }),
  unsafe(
    "drop-index",
    "drop index concurrently if exists visits_by_day",
    "old versions' queries need it",
    alone,
  ),
  unsafe("drop-index", "drop index visits_by_day", "reads and writes wait", {
    phase: "contract",
    locks: "visits",
  }),
  safe("alter index visits_by_day rename to visits_day", "no query names an index"),
  unsafe("reindex", "reindex table patients", "writes wait"),
  unsafe("reindex", "reindex index visits_by_day", "writes wait"),
  unsafe("refresh-materialized-view", "refresh materialized view visit_counts", "reads wait"),
  safe("create materialized view day_counts as select day, count(*) from visits group by day", "a new one"),
  unsafe("rewrite-table", "cluster visits using visits_by_day", "rewrites the table"),
  unsafe("rewrite-table", "vacuum full patients", "rewrites the table"),
  unsafe("rewrite-table", "alter table patients set unlogged", "rewrites the table", {
    locks: "patients",
  }),
  unsafe("rewrite-table", "alter table patients set tablespace fast", "copies the table", {
    locks: "patients",
  }),
  unsafe("rewrite-table", "alter table patients set access method columnar", "rewrites the table", {
    locks: "patients",
  }),
  safe("alter table patients set (fillfactor = 80)", "for new pages; no client waits for that lock"),
  safe("alter table patients replica identity full", "only the catalog changes", { locks: "patients" }),
  safe("analyze patients", "reads a sample; no client waits"),
  safe("comment on table patients is 'people'", "only the catalog changes"),
  safe("create statistics s on name, born from patients", "only the catalog changes"),
  unsafe("not-in-transaction", "vacuum patients", "does not run in a transaction"),
  unsafe("truncate", "truncate visits", "reads and writes wait, then the table is empty", {
    phase: "contract",
    locks: "visits",
  }),
  unsafe("truncate", "truncate doctors cascade", "and other tables with it", {
    phase: "contract",
    locks: "doctors",
  }),
  safe("create table work (id int);\ninsert into work values (1);\ntruncate work", "a new table"),
  unsafe(
    "attach-partition",
    "alter table measurements attach partition measurements_2025 for values from ('2025-01-01') to ('2026-01-01')",
    "scans the partition under a lock that blocks reads and writes",
    { locks: "measurements_2025" },
  ),
  safe(
    "alter table measurements attach partition measurements_2026 for values from ('2026-01-01') to ('2027-01-01')",
    "a validated check shows that the rows belong there",
    { locks: "measurements_2026" },
  ),
  safe(
    "create table measurements_2027 (like measurements);\n" +
      "alter table measurements attach partition measurements_2027 for values from ('2027-01-01') to ('2028-01-01')",
    "a new table",
  ),
  unsafe(
    "attach-partition",
    "create table events_2027 (id bigint, day date not null);\n" +
      "alter table events attach partition events_2027 for values from ('2027-01-01') to ('2028-01-01')",
    "the default partition is read",
    { locks: "events_other" },
  ),
  safe(
    "create table measurements_2028 partition of measurements for values from ('2028-01-01') to ('2029-01-01')",
    "short, with the lock declared",
    { locks: "measurements" },
  ),
  unsafe(
    "attach-partition several-locks",
    "create table events_2028 partition of events for values from ('2028-01-01') to ('2029-01-01');\n" +
      "alter table doctors add column pager text",
    "the default partition is read, and more is locked",
    { locks: "events, events_other, doctors" },
  ),
  unsafe(
    "change-inheritance",
    "alter table former_doctors inherit doctors",
    "old rows appear among the others",
    {
      locks: "former_doctors",
    },
  ),
  unsafe("change-inheritance", "alter table trainees no inherit former_doctors", "rows disappear", {
    locks: "trainees",
  }),
  safe("alter table trainees no inherit former_doctors", "no running version needs the rows", {
    phase: "contract",
    locks: "trainees",
  }),
  safe("alter table new_doctors inherit doctors", "the running version has no rows in a new table", {
    locks: "new_doctors",
    before: ["create table new_doctors (like doctors)"],
  }),
  unsafe(
    "detach-partition",
    "alter table measurements detach partition measurements_2024",
    "reads and writes wait",
    {
      phase: "contract",
      locks: "measurements, measurements_2024",
    },
  ),
  safe("create index if not exists patients_by_note on patients (note)", "it is there", {
    locks: "patients in share",
    squawk: "it does not know the schema",
  }),
  safe("create unique index if not exists patients_by_note on patients (note)", "it is there", {
    locks: "patients in share",
    squawk: "it does not know the schema",
  }),
  unsafe(
    "create-index",
    "create index if not exists patients_by_note on patients (note)",
    "code may have dropped it",
    { locks: "patients in share", before: ["do $$ begin execute 'drop index patients_by_note'; end $$"] },
  ),
  unsafe(
    "create-index",
    "create index if not exists patients_by_age on patients (age)",
    "code may not have created it",
    {
      locks: "patients in share",
      before: [
        "do $$ begin if now() > '2030-01-01' then create index patients_by_age on patients (age); end if; end $$",
      ],
    },
  ),
  unsafe(
    "change-inheritance",
    "create table interns () inherits (former_doctors)",
    "its rows are in queries of the parent",
  ),
  safe("create table p (id int);\ncreate table c () inherits (p)", "a new parent"),
];
